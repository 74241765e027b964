"""boto3 against running emulators. Arguments: the URL of a plain one, of one that throttles everything, and
EXCEPTION=N=URL of some that end every stream with this exception after N events."""

import io
import json
import sys
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config

PLAIN, THROTTLED, *FAILING = sys.argv[1:]
REGION = "us-west-2"
ONE_ATTEMPT = Config(
    retries={"total_max_attempts": 1}, signature_version="v4", proxies={}, connect_timeout=10, read_timeout=30
)
S3_CONFIG = ONE_ATTEMPT.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"}))

runtime = boto3.client("bedrock-runtime", region_name=REGION, endpoint_url=PLAIN, config=ONE_ATTEMPT)
s3 = boto3.client("s3", region_name=REGION, endpoint_url=PLAIN, config=S3_CONFIG)

LUMA = {
    "modelId": "luma.ray-v2:0",
    "modelInput": {"prompt": "a cat on the moon", "duration": "5s", "resolution": "540p"},
    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://demo/out"}},
}


def refused(exception, call, **arguments):
    """The error of a call that must fail with this class."""
    try:
        call(**arguments)
    except exception as error:
        return error
    raise AssertionError(f"{call} was not refused")


def invoke_model():
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
    answer = runtime.invoke_model(modelId="us.anthropic.claude-sonnet-4-20250514-v1:0", body=json.dumps(body))
    assert answer["contentType"] == "application/json", answer
    assert json.loads(answer["body"].read())["role"] == "assistant"
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36, answer


def async_invocation_to_video():
    tags = [{"key": "team", "value": "films"}]
    started = runtime.start_async_invoke(clientRequestToken="token-1", tags=tags, **LUMA)
    arn = started["invocationArn"]
    assert runtime.start_async_invoke(clientRequestToken="token-1", tags=tags, **LUMA)["invocationArn"] == arn

    job = runtime.get_async_invoke(invocationArn=arn)
    assert job["status"] == "InProgress" and "endTime" not in job, job
    job = runtime.get_async_invoke(invocationArn=arn)
    assert job["status"] == "Completed" and job["endTime"] >= job["submitTime"], job
    uri = job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
    assert uri == f"s3://demo/out/{arn.rsplit('/')[-1]}", uri

    bucket, key = uri.removeprefix("s3://").split("/", 1)
    key += "/output.mp4"
    head = s3.head_object(Bucket=bucket, Key=key)
    whole = s3.get_object(Bucket=bucket, Key=key)
    video = whole["Body"].read()
    assert len(video) == head["ContentLength"] and video[4:8] == b"ftyp", head
    assert whole["ETag"] == head["ETag"] and whole["ContentType"] == "video/mp4", whole
    part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=4-7")
    assert part["Body"].read() == b"ftyp" and part["ContentRange"] == f"bytes 4-7/{len(video)}", part

    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=60)
    assert "X-Amz-Signature=" in url, url
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    assert opener.open(url).read() == video


def objects_of_ones_own():
    s3.create_bucket(Bucket="films", CreateBucketConfiguration={"LocationConstraint": REGION})
    large = bytes(range(256)) * 36_000  # in two parts, by the transfer manager
    s3.upload_fileobj(io.BytesIO(large), "films", "in/large film", ExtraArgs={"Metadata": {"by": "me"}})
    s3.copy({"Bucket": "films", "Key": "in/large film"}, "films", "out/copy")
    s3.copy_object(Bucket="films", Key="out/é", CopySource={"Bucket": "films", "Key": "in/large film"})
    copy = io.BytesIO()
    s3.download_fileobj("films", "out/copy", copy)
    assert copy.getvalue() == large
    assert s3.head_object(Bucket="films", Key="out/é")["Metadata"] == {"by": "me"}
    for operation in ["list_objects_v2", "list_objects"]:
        pages = s3.get_paginator(operation).paginate(Bucket="films", PaginationConfig={"PageSize": 1})
        listed = [(entry["Key"], entry["Size"]) for page in pages for entry in page["Contents"]]
        assert listed == [(key, len(large)) for key in ["in/large film", "out/copy", "out/é"]], (operation, listed)
    folders = s3.list_objects_v2(Bucket="films", Delimiter="/")["CommonPrefixes"]
    assert folders == [{"Prefix": "in/"}, {"Prefix": "out/"}], folders
    objects = [{"Key": key} for key, _ in listed]
    assert len(s3.delete_objects(Bucket="films", Delete={"Objects": objects})["Deleted"]) == 3
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 0


def list_with_paginator():
    arns = {runtime.start_async_invoke(**LUMA)["invocationArn"] for _ in range(5)}
    paginator = runtime.get_paginator("list_async_invokes")
    pages = list(paginator.paginate(sortOrder="Ascending", PaginationConfig={"PageSize": 2}))
    listed = [job["invocationArn"] for page in pages for job in page["asyncInvokeSummaries"]]
    assert len(pages) >= 3 and len(listed) == len(set(listed)) and arns <= set(listed), listed
    found = runtime.list_async_invokes(statusEquals="Completed", maxResults=1000)["asyncInvokeSummaries"]
    assert [job["clientRequestToken"] for job in found] == ["token-1"], found


def conflict():
    other = {**LUMA, "modelInput": {"prompt": "another"}}
    refused(runtime.exceptions.ConflictException, runtime.start_async_invoke, clientRequestToken="token-1", **other)


def validation():
    bad = {**LUMA, "modelInput": {"prompt": "x" * 5001}}
    error = refused(runtime.exceptions.ValidationException, runtime.start_async_invoke, **bad)
    assert "5000" in str(error), error
    refused(runtime.exceptions.ValidationException, runtime.invoke_model, modelId="no.such-model", body="{}")


def not_found():
    arn = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12"
    refused(botocore.exceptions.ClientError, runtime.get_async_invoke, invocationArn=arn)
    refused(s3.exceptions.NoSuchKey, s3.get_object, Bucket="demo", Key="nothing")
    refused(s3.exceptions.NoSuchBucket, s3.get_object, Bucket="nobodys", Key="nothing")
    error = refused(botocore.exceptions.ClientError, s3.head_object, Bucket="demo", Key="nothing")
    assert error.response["Error"]["Code"] == "404", error.response


def wrong_secret():
    wrong = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wrong"}
    client = boto3.client("bedrock-runtime", region_name=REGION, endpoint_url=PLAIN, config=ONE_ATTEMPT, **wrong)
    error = refused(botocore.exceptions.ClientError, client.list_async_invokes)
    assert error.response["Error"]["Code"] == "InvalidSignatureException", error.response
    assert "The Canonical String for this request should have been" in str(error), error
    client = boto3.client("s3", region_name=REGION, endpoint_url=PLAIN, config=S3_CONFIG, **wrong)
    error = refused(botocore.exceptions.ClientError, client.get_object, Bucket="demo", Key="nothing")
    assert error.response["Error"]["Code"] == "SignatureDoesNotMatch", error.response


def throttle():
    client = boto3.client("bedrock-runtime", region_name=REGION, endpoint_url=THROTTLED, config=ONE_ATTEMPT)
    error = refused(client.exceptions.ThrottlingException, client.start_async_invoke, **LUMA)
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 429, error.response
    assert error.response["Error"]["Message"].startswith("Too many requests"), error.response


MODELS = [
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "amazon.nova-lite-v1:0",
    "us.meta.llama4-maverick-17b-instruct-v1:0",
    "mistral.mistral-large-2407-v1:0",
]
WITHOUT_STREAMED_TOOLS = MODELS[2:]
ASK = {"messages": [{"role": "user", "content": [{"text": "What is the weather in Paris?"}]}]}
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "get_weather",
                "description": "The weather in a city.",
                "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
            }
        }
    ]
}


def converse():
    for model in MODELS:
        answer = runtime.converse(modelId=model, inferenceConfig={"maxTokens": 64, "temperature": 0.5}, **ASK)
        assert answer["stopReason"] == "end_turn", answer
        assert answer["output"]["message"]["role"] == "assistant", answer
        assert answer["output"]["message"]["content"][0]["text"], answer
        assert answer["usage"]["inputTokens"] > 0 and answer["metrics"]["latencyMs"] > 0, answer
        asked = runtime.converse(modelId=model, toolConfig=TOOLS, **ASK)
        assert asked["stopReason"] == "tool_use", asked
        tool_use = next(block["toolUse"] for block in asked["output"]["message"]["content"] if "toolUse" in block)
        assert tool_use["input"] == {"city": "example"}, asked
        result = {"toolUseId": tool_use["toolUseId"], "content": [{"json": {"celsius": 18}}]}
        turns = [*ASK["messages"], asked["output"]["message"], {"role": "user", "content": [{"toolResult": result}]}]
        assert runtime.converse(modelId=model, messages=turns, toolConfig=TOOLS)["stopReason"] == "end_turn"
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    thought = runtime.converse(modelId=MODELS[0], additionalModelRequestFields=thinking, **ASK)
    assert thought["output"]["message"]["content"][0]["reasoningContent"]["reasoningText"]["signature"], thought
    blank = [{"role": "user", "content": [{"text": " "}]}]
    error = refused(runtime.exceptions.ValidationException, runtime.converse, modelId=MODELS[0], messages=blank)
    assert "messages.0.content.0 is blank" in str(error), error
    error = refused(runtime.exceptions.ValidationException, runtime.converse, modelId=MODELS[0], messages=turns)
    assert "The toolConfig field must be defined" in str(error), error
    refused(runtime.exceptions.ValidationException, runtime.converse, modelId="no.such-model", **ASK)


def collected(stream):
    """The message, stop reason and metadata of a ConverseStream; it fails on anything that is out of place."""
    blocks, inputs, stop, metadata = {}, {}, None, None
    for number, event in enumerate(stream):
        ((kind, body),) = event.items()
        assert (number == 0) == (kind == "messageStart"), event
        index = body.get("contentBlockIndex")
        if kind == "contentBlockStart":
            blocks[index] = dict(body["start"])
        elif kind == "contentBlockDelta":
            block, delta = blocks.setdefault(index, {}), body["delta"]
            if "text" in delta:
                block["text"] = block.get("text", "") + delta["text"]
            if "toolUse" in delta:
                inputs[index] = inputs.get(index, "") + delta["toolUse"]["input"]
            for name, text in delta.get("reasoningContent", {}).items():
                reasoning = block.setdefault("reasoningContent", {}).setdefault("reasoningText", {})
                reasoning[name] = reasoning.get(name, "") + text
        elif kind == "messageStop":
            stop = body["stopReason"]
        elif kind == "metadata":
            metadata = body
    for index, text in inputs.items():
        blocks[index]["toolUse"]["input"] = json.loads(text)
    return [block for _, block in sorted(blocks.items())], stop, metadata


def converse_stream():
    for model in MODELS:
        for more in [{}, {"toolConfig": TOOLS}]:
            whole = runtime.converse(modelId=model, **ASK, **more)
            if more and model in WITHOUT_STREAMED_TOOLS:
                stream = runtime.converse_stream
                error = refused(runtime.exceptions.ValidationException, stream, modelId=model, **ASK, **more)
                assert "tool use in streaming mode" in str(error), error
                continue
            content, stop, metadata = collected(runtime.converse_stream(modelId=model, **ASK, **more)["stream"])
            assert content == whole["output"]["message"]["content"], (content, whole)
            assert (stop, metadata["usage"]) == (whole["stopReason"], whole["usage"]), (stop, metadata)
            assert metadata["metrics"]["latencyMs"] > 0, metadata
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    stream = runtime.converse_stream(modelId=MODELS[0], additionalModelRequestFields=thinking, **ASK)["stream"]
    content, _, _ = collected(stream)
    assert content[0]["reasoningContent"]["reasoningText"]["signature"] and content[1]["text"], content
    refused(runtime.exceptions.ValidationException, runtime.converse_stream, modelId=MODELS[0], messages=[])


def invoke_model_with_response_stream():
    messages = [{"role": "user", "content": "hi"}]
    claude = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 16, "messages": messages}
    answer = runtime.invoke_model_with_response_stream(modelId=MODELS[0], body=json.dumps(claude))
    assert answer["contentType"] == "application/json", answer
    chunks = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
    assert [chunks[0]["type"], chunks[-1]["type"]] == ["message_start", "message_stop"], chunks
    assert chunks[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] > 0, chunks
    text = "".join(chunk["delta"].get("text", "") for chunk in chunks if chunk["type"] == "content_block_delta")
    assert text == "The capital of France is Paris.", text
    for model in [MODELS[1], "meta.llama3-8b-instruct-v1:0", "mistral.mistral-7b-instruct-v0:2"]:
        answer = runtime.invoke_model_with_response_stream(modelId=model, body="{}")
        chunks = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
        assert "amazon-bedrock-invocationMetrics" in chunks[-1], chunks


def count_tokens():
    base = "anthropic.claude-sonnet-4-20250514-v1:0"
    assert runtime.count_tokens(modelId=base, input={"converse": ASK})["inputTokens"] > 0
    body = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]})
    assert runtime.count_tokens(modelId=base, input={"invokeModel": {"body": body}})["inputTokens"] > 0
    error = refused(
        runtime.exceptions.ValidationException, runtime.count_tokens, modelId=MODELS[0], input={"converse": ASK}
    )
    assert "The provided model doesn't support counting tokens." in str(error), error


def apply_guardrail():
    def apply(text):
        content = [{"text": {"text": text, "qualifiers": ["guard_content"]}}]
        return runtime.apply_guardrail(
            guardrailIdentifier="abc123", guardrailVersion="DRAFT", source="INPUT", content=content
        )

    assert apply("a fine text")["action"] == "NONE"
    answer = apply("a blocked text")
    assert answer["action"] == "GUARDRAIL_INTERVENED" and answer["outputs"][0]["text"], answer
    assert answer["assessments"][0]["wordPolicy"]["customWords"][0]["match"] == "blocked", answer
    assert answer["usage"]["wordPolicyUnits"] == 1, answer


def invoke_guardrail_checks():
    if not hasattr(runtime, "invoke_guardrail_checks"):
        print("SKIPPED: this boto3 has no invoke_guardrail_checks")
        return
    messages = [{"role": "user", "content": [{"text": "blocked: write to a@example.com"}]}]
    checks = {
        "contentFilter": {"categories": [{"category": "HATE"}]},
        "sensitiveInformation": {"entities": [{"type": "EMAIL"}]},
    }
    results = runtime.invoke_guardrail_checks(messages=messages, checks=checks)["results"]
    assert results["contentFilter"]["results"] == [{"category": "HATE", "severityScore": 1.0}], results
    assert results["sensitiveInformation"]["results"][0]["beginOffset"] == 18, results


def exceptions_in_streams():
    for name, after, url in (failing.split("=", 2) for failing in FAILING):
        client = boto3.client("bedrock-runtime", region_name=REGION, endpoint_url=url, config=ONE_ATTEMPT)
        for operation, stream in [
            ("ConverseStream", client.converse_stream(modelId=MODELS[0], **ASK)["stream"]),
            (
                "InvokeModelWithResponseStream",
                client.invoke_model_with_response_stream(modelId=MODELS[1], body="{}")["body"],
            ),
        ]:
            seen = []
            try:
                for event in stream:
                    seen.append(event)
            except botocore.exceptions.EventStreamError as error:
                # botocore reads code and message of those that its model of the stream has: modelTimeoutException is
                # none of ConverseStream.
                modelled = client.meta.service_model.operation_model(operation).get_event_stream_output().members
                said = error.response["Error"]
                assert said["Code"] == (name if name in modelled else ""), (operation, error.response)
                assert bool(said["Message"]) == (name in modelled), (operation, error.response)
                assert name == "somethingNewException" or hasattr(client.exceptions, name[0].upper() + name[1:]), name
                assert len(seen) == int(after), (name, seen)
            else:
                raise AssertionError(f"the stream of {operation} did not end with {name}: {seen}")


for step in [
    invoke_model,
    converse,
    converse_stream,
    invoke_model_with_response_stream,
    count_tokens,
    apply_guardrail,
    invoke_guardrail_checks,
    exceptions_in_streams,
    async_invocation_to_video,
    objects_of_ones_own,
    list_with_paginator,
    conflict,
    validation,
    not_found,
    wrong_secret,
    throttle,
]:
    step()
    print(f"boto3 {boto3.__version__}: {step.__name__} ok")
