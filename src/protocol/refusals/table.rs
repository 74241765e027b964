//! The kinds of refusals, in the order in which they are looked at.

use super::{Refusal, RefusalKind, Sign};

const VALIDATION: &[&str] = &["ValidationException"];
const ACCESS: &[&str] = &["AccessDeniedException", "AccessDenied"];
const NOT_FOUND: &[&str] = &["ResourceNotFoundException"];
const SIGNATURE: &[&str] = &[
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignatureException",
    "AuthorizationHeaderMalformed",
];

/// The first that fits is the one: the exact texts stand before the codes that they come with.
pub const REFUSALS: &[Refusal] = &[
    // The signature.
    Refusal {
        kind: RefusalKind::PresignedExpired,
        signs: &[Sign::Both(&["AccessDenied"], &["request has expired"])],
        meaning: "the presigned URL has come to its end, as its X-Amz-Expires says",
        fix: "make a new URL; X-Amz-Expires may be up to 604800 s (a week), and a URL that is signed with temporary credentials ends with them",
    },
    Refusal {
        kind: RefusalKind::SignatureExpired,
        signs: &[Sign::Texts(&["signature expired", "request has expired"])],
        meaning: "the request was signed more than five minutes before AWS read it, by AWS's clock",
        fix: "set this machine's clock (NTP), and sign each attempt afresh instead of sending an old signature again",
    },
    Refusal {
        kind: RefusalKind::SignatureNotYetCurrent,
        signs: &[Sign::Texts(&["signature not yet current"])],
        meaning: "the request was signed for a time more than five minutes ahead of AWS's clock",
        fix: "set this machine's clock (NTP), and write x-amz-date in UTC",
    },
    Refusal {
        kind: RefusalKind::ClockSkew,
        signs: &[Sign::Codes(&["RequestTimeTooSkewed"])],
        meaning: "the date of the request is too far from AWS's clock",
        fix: "set this machine's clock (NTP), and write x-amz-date in UTC",
    },
    Refusal {
        kind: RefusalKind::WrongRegion,
        signs: &[Sign::Texts(&[
            "credential should be scoped to a valid region",
            "credential must be scoped to a valid region",
        ])],
        meaning: "the signature is for another region than the host's",
        fix: "sign for the region that stands in the host",
    },
    Refusal {
        kind: RefusalKind::WrongService,
        signs: &[Sign::Texts(&["credential should be scoped to correct service"])],
        meaning: "the signature is for another service name than the host's",
        fix: "sign for `bedrock`: that is the name of bedrock-runtime and bedrock hosts alike",
    },
    Refusal {
        kind: RefusalKind::WrongDate,
        signs: &[Sign::Texts(&["date in credential scope does not match"])],
        meaning: "the day in the credential scope is not that of x-amz-date",
        fix: "take the time once, in UTC, for x-amz-date and the scope",
    },
    Refusal {
        kind: RefusalKind::UnsignedHeader,
        signs: &[Sign::Texts(&[
            "headers present in the request which were not signed",
            "must be a 'signedheader'",
        ])],
        meaning: "a header that must be signed (host, or one that begins with x-amz-) is not named in SignedHeaders",
        fix: "set every x-amz-* header before signing, and sign it",
    },
    Refusal {
        kind: RefusalKind::SignatureMismatch,
        signs: &[Sign::Both(SIGNATURE, &["signature we calculated does not match"])],
        meaning: "AWS computed another signature from the request that arrived: the secret is another one, or what was signed is not what was sent",
        fix: "give `bedwire verify` the request as it was sent, with the secret: it names the mistake",
    },
    Refusal {
        kind: RefusalKind::PayloadMismatch,
        signs: &[Sign::Texts(&[
            "x-amz-content-sha256' header does not match",
            "x-amz-content-sha256mismatch",
        ])],
        meaning: "the body is not the one whose hash x-amz-content-sha256 names",
        fix: "hash the very bytes that are sent",
    },
    Refusal {
        kind: RefusalKind::IncompleteSignature,
        signs: &[Sign::Codes(SIGNATURE)],
        meaning: "the Authorization header has not the form that it must have",
        fix: "write it as AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX",
    },
    // The credentials.
    Refusal {
        kind: RefusalKind::ExpiredToken,
        signs: &[
            Sign::Texts(&[
                "security token included in the request is expired",
                "token has expired",
                "api key has expired",
                "bearer token has expired",
            ]),
            Sign::Codes(&["ExpiredTokenException", "ExpiredToken", "RequestExpired"]),
        ],
        meaning: "the temporary credentials have expired",
        fix: "get new ones (aws sso login, or assume the role again); they live for hours at most",
    },
    Refusal {
        kind: RefusalKind::UnknownApiKey,
        signs: &[Sign::Texts(&["make sure your api key is valid"])],
        meaning: "Bedrock does not know the API key, or it was made for another region",
        fix: "set AWS_BEARER_TOKEN_BEDROCK to a key of this region, or unset it to sign with a key pair; `bedwire api-key inspect` says what a short-term key is for",
    },
    Refusal {
        kind: RefusalKind::UnknownToken,
        signs: &[Sign::Codes(&[
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "InvalidToken",
        ])],
        meaning: "AWS does not know the access key, or the session token is missing or belongs to another key",
        fix: "check that access key, secret and session token come from one place, that temporary keys (ASIA…) have their token, and that the key's partition (commercial, China, GovCloud) is that of the endpoint",
    },
    Refusal {
        kind: RefusalKind::MissingToken,
        signs: &[Sign::Codes(&["MissingAuthenticationTokenException", "MissingAuthenticationToken"])],
        meaning: "the request carries no signature and no key, or a proxy took its Authorization header away",
        fix: "sign it, or send Authorization: Bearer with a Bedrock API key; look whether a proxy drops the header",
    },
    // Access.
    Refusal {
        kind: RefusalKind::UseCaseForm,
        signs: &[
            Sign::Texts(&["use case details", "ftuformnotfilled", "use-case form"]),
            Sign::Codes(&["FTUFormNotFilled"]),
        ],
        meaning: "the account has not yet filled in Anthropic's use-case form",
        fix: "fill it in once an account: Bedrock console, model catalog, any Anthropic model (or PutUseCaseForModelAccess), then wait about 15 minutes",
    },
    Refusal {
        kind: RefusalKind::ModelAccess,
        signs: &[Sign::Both(
            ACCESS,
            &[
                "don't have access to the model",
                "access to the model with the specified model id",
                "model access is denied",
            ],
        )],
        meaning: "the account has no access to this model in this region",
        fix: "ask for it in the Bedrock console (or accept the model's Marketplace offer: aws-marketplace:Subscribe), in each region",
    },
    Refusal {
        kind: RefusalKind::PolicyDenied,
        signs: &[Sign::Both(
            ACCESS,
            &["is not authorized to perform", "explicit deny", "no identity-based policy"],
        )],
        meaning: "a policy does not allow the action on the resource",
        fix: "allow the action on that resource; for an inference profile allow it on the profile and on the foundation model in every region that it leads to; an explicit deny (SCP, VPC endpoint policy) wins over each allow",
    },
    Refusal {
        kind: RefusalKind::AccessDenied,
        signs: &[Sign::Codes(ACCESS)],
        meaning: "the caller may not do this",
        fix: "look at the caller's policies, the model's access in this region, and the VPC endpoint's policy",
    },
    // Models.
    Refusal {
        kind: RefusalKind::OnDemandThroughput,
        signs: &[Sign::Both(VALIDATION, &["with on-demand throughput isn't supported"])],
        meaning: "this model is not offered under its own id: it is reached through an inference profile",
        fix: "use the id of an inference profile, such as us.<model id>; `bedwire models resolve` finds the one of your region",
    },
    Refusal {
        kind: RefusalKind::EndOfLife,
        signs: &[Sign::Both(NOT_FOUND, &["reached the end of its life", "marked by provider as legacy"])],
        meaning: "this version of the model has been retired",
        fix: "use a newer version; `bedwire models list` shows what there is",
    },
    Refusal {
        kind: RefusalKind::InvalidModel,
        signs: &[Sign::Both(VALIDATION, &["model identifier is invalid"])],
        meaning: "there is no model of that id in this region, or the id is misspelt or wrongly encoded",
        fix: "check the id with `bedwire models list`, send ':' as %3A, and ask in the region that has it",
    },
    Refusal {
        kind: RefusalKind::CountTokens,
        signs: &[Sign::Both(VALIDATION, &["doesn't support counting tokens"])],
        meaning: "this model cannot count tokens, or was asked by the id of an inference profile",
        fix: "use the base id of the model, without us. or eu. before it",
    },
    // The body.
    Refusal {
        kind: RefusalKind::ToolConfig,
        signs: &[Sign::Both(VALIDATION, &["toolconfig field must be defined"])],
        meaning: "the messages have tool calls or results, but the request names no tools",
        fix: "send toolConfig with every request of that conversation, or write the old calls as text",
    },
    Refusal {
        kind: RefusalKind::BlankText,
        signs: &[Sign::Both(
            VALIDATION,
            &[
                "is blank. add text",
                "text content blocks must contain non-whitespace text",
                "text content blocks must be non-empty",
            ],
        )],
        meaning: "a text block is empty or white space alone",
        fix: "leave the block out (and the message, if nothing remains)",
    },
    Refusal {
        kind: RefusalKind::MaxTokens,
        signs: &[Sign::Both(VALIDATION, &["maximum tokens you requested exceed"])],
        meaning: "more tokens were asked for than this model writes",
        fix: "lower maxTokens to the limit that the message names",
    },
    Refusal {
        kind: RefusalKind::PromptCaching,
        signs: &[Sign::Both(VALIDATION, &["did not allow prompt caching", "support the cachepoint field"])],
        meaning: "this model has no prompt caching",
        fix: "leave cachePoint out for it",
    },
    Refusal {
        kind: RefusalKind::S3Source,
        signs: &[Sign::Both(VALIDATION, &["support the s3uri field"])],
        meaning: "this model does not read from S3",
        fix: "send the bytes themselves",
    },
    Refusal {
        kind: RefusalKind::S3Permission,
        signs: &[Sign::Both(
            VALIDATION,
            &[
                "invalid s3 credentials",
                "s3 bucket",
                "s3uri",
                "s3 uri",
                "access denied for s3",
                "invalid request",
            ],
        )],
        meaning: "Bedrock could not use the S3 place with the caller's rights: the bucket is not there, lies in another region, or may not be written",
        fix: "give the caller s3:PutObject (and s3:GetObject) on the bucket and kms:GenerateDataKey on its key, and use a bucket in the region of the call",
    },
    Refusal {
        kind: RefusalKind::S3Permission,
        signs: &[Sign::Codes(&["NoSuchBucket", "AllAccessDisabled", "PermanentRedirect"])],
        meaning: "the bucket is not there, or lies in another region",
        fix: "check the bucket's name and region",
    },
    Refusal {
        kind: RefusalKind::MalformedBody,
        signs: &[Sign::Both(
            VALIDATION,
            &[
                "malformed input request",
                "extraneous key",
                "required key",
                "the model returned the following errors",
                "content block that you provided",
                "does not match any of the expected tags",
            ],
        )],
        meaning: "the body is not what this model takes",
        fix: "change the field that the message names; each model family has its own body in InvokeModel, Converse has one for all",
    },
    Refusal {
        kind: RefusalKind::WrongRoute,
        signs: &[Sign::Texts(&["isn't supported on this route"])],
        meaning: "this model answers under another path of the OpenAI-shaped endpoint",
        fix: "use /openai/v1 instead of /v1, or the other way round",
    },
    // Limits.
    Refusal {
        kind: RefusalKind::QuotaPerDay,
        signs: &[Sign::Texts(&["tokens per day", "requests per day"])],
        meaning: "the account's quota per day is used up",
        fix: "wait for tomorrow, use another region or model, or ask AWS for more (Service Quotas)",
    },
    Refusal {
        kind: RefusalKind::Throttled,
        // Of an answer, its status and code tell it (`classify`): these are for what a program printed of one.
        signs: &[
            Sign::Both(&["ServiceUnavailableException", "ServiceUnavailable"], &["throttled"]),
            Sign::Both(
                &["ThrottlingException"],
                &["too many requests, please wait", "too many tokens, please wait"],
            ),
        ],
        meaning: "more requests or tokens a minute were asked for than the quota allows; a request without maxTokens reserves the most that the model can write",
        fix: "set maxTokens, send fewer requests at a time, retry with growing delays, or use a cross-region inference profile",
    },
    Refusal {
        kind: RefusalKind::Quota,
        signs: &[Sign::Codes(&["ServiceQuotaExceededException"])],
        meaning: "a quota of the account is used up, such as that of concurrent async invocations",
        fix: "wait until running work ends, or ask AWS for more (Service Quotas)",
    },
    Refusal {
        kind: RefusalKind::Conflict,
        signs: &[Sign::Codes(&["ConflictException"])],
        meaning: "the clientRequestToken was used before with another body, or the name of the job is another job's",
        fix: "use a new token or name for a new job, and the same ones only to repeat the same request",
    },
    // The service's own.
    Refusal {
        kind: RefusalKind::ModelNotReady,
        signs: &[Sign::Codes(&["ModelNotReadyException"])],
        meaning: "the model is being loaded",
        fix: "try again in a moment",
    },
    Refusal {
        kind: RefusalKind::ModelTimeout,
        signs: &[Sign::Codes(&["ModelTimeoutException"])],
        meaning: "the model took longer than Bedrock waits",
        fix: "stream the answer, or ask for a shorter one: the same request mostly takes as long again",
    },
    Refusal {
        kind: RefusalKind::ModelError,
        signs: &[Sign::Codes(&["ModelErrorException", "ModelStreamErrorException"])],
        meaning: "the model failed on the request",
        fix: "try once more; when it stays, change the input",
    },
    Refusal {
        kind: RefusalKind::ServiceFailure,
        signs: &[Sign::Codes(&[
            "InternalServerException",
            "ServiceUnavailableException",
            "InternalFailure",
            "ServiceUnavailable",
        ])],
        meaning: "the service failed on its side",
        fix: "try again with growing delays, or in another region",
    },
    Refusal {
        kind: RefusalKind::NotFound,
        signs: &[Sign::Codes(NOT_FOUND)],
        meaning: "there is no such resource in this region and account",
        fix: "check the id or ARN, and ask in the region that stands in it",
    },
    Refusal {
        kind: RefusalKind::UnknownOperation,
        signs: &[Sign::Codes(&["UnknownOperationException"])],
        meaning: "the host has no such path: runtime operations are at bedrock-runtime, the lists of models at bedrock",
        fix: "check method, path and host",
    },
    Refusal {
        kind: RefusalKind::InvalidRequest,
        signs: &[Sign::Codes(VALIDATION)],
        meaning: "a value in the request is not allowed",
        fix: "change what the message names",
    },
];
