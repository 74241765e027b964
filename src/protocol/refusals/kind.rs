//! The kinds of refusals.

use crate::protocol::words::words;

words! {
    /// What a refusal is, by its name in machine-readable output.
    RefusalKind, "refusal" {
        /// A presigned URL came to its end.
        PresignedExpired = "presigned-expired",
        /// The request was signed too long ago.
        SignatureExpired = "signature-expired",
        /// The request was signed for a time to come.
        SignatureNotYetCurrent = "signature-not-yet-current",
        /// The date of the request is too far from AWS's clock.
        ClockSkew = "clock-skew",
        /// The signature is for another region.
        WrongRegion = "wrong-region",
        /// The signature is for another service.
        WrongService = "wrong-service",
        /// The day of the scope is not that of the request.
        WrongDate = "wrong-date",
        /// A header is not signed that must be.
        UnsignedHeader = "unsigned-header",
        /// AWS computed another signature.
        SignatureMismatch = "signature-mismatch",
        /// The body is not the one whose hash was sent.
        PayloadMismatch = "payload-mismatch",
        /// The `Authorization` header has another form than it must have.
        IncompleteSignature = "incomplete-signature",
        /// Temporary credentials, or a key, have expired.
        ExpiredToken = "expired-token",
        /// Bedrock does not know the API key.
        UnknownApiKey = "unknown-api-key",
        /// AWS does not know the access key, or not with this token.
        UnknownToken = "unknown-token",
        /// There is neither signature nor key.
        MissingToken = "missing-token",
        /// Anthropic's use-case form is not filled in.
        UseCaseForm = "use-case-form",
        /// The account has no access to the model.
        ModelAccess = "model-access",
        /// A policy does not allow it.
        PolicyDenied = "policy-denied",
        /// The caller may not do it.
        AccessDenied = "access-denied",
        /// The model answers through an inference profile only.
        OnDemandThroughput = "on-demand-throughput",
        /// The model has been retired.
        EndOfLife = "end-of-life",
        /// There is no such model in the region.
        InvalidModel = "invalid-model",
        /// The model cannot count tokens.
        CountTokens = "count-tokens",
        /// There are tool calls, and no tools.
        ToolConfig = "tool-config",
        /// A text is empty.
        BlankText = "blank-text",
        /// More tokens were asked for than the model writes.
        MaxTokens = "max-tokens",
        /// The model has no prompt caching.
        PromptCaching = "prompt-caching",
        /// The model does not read from S3.
        S3Source = "s3-source",
        /// A place on S3 cannot be used.
        S3Permission = "s3-permission",
        /// The body is not what the model takes.
        MalformedBody = "malformed-body",
        /// The model answers under another path.
        WrongRoute = "wrong-route",
        /// The quota of the day is used up.
        QuotaPerDay = "quota-per-day",
        /// The quota of the minute is used up.
        Throttled = "throttled",
        /// Another quota is used up.
        Quota = "quota",
        /// A token or a name was used before.
        Conflict = "conflict",
        /// The model is being loaded.
        ModelNotReady = "model-not-ready",
        /// The model took too long.
        ModelTimeout = "model-timeout",
        /// The model failed.
        ModelError = "model-error",
        /// The service failed.
        ServiceFailure = "service-failure",
        /// There is no such resource.
        NotFound = "not-found",
        /// The host has no such path.
        UnknownOperation = "unknown-operation",
        /// A value is not allowed.
        InvalidRequest = "invalid-request",
    }
}
