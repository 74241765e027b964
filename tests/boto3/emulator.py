"""boto3 against a running emulator. Arguments: the URL of a plain emulator, and of one that throttles everything."""

import json
import sys
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config

PLAIN, THROTTLED = sys.argv[1:]
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
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 16, "messages": []}
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


for step in [
    invoke_model,
    async_invocation_to_video,
    list_with_paginator,
    conflict,
    validation,
    not_found,
    wrong_secret,
    throttle,
]:
    step()
    print(f"boto3 {boto3.__version__}: {step.__name__} ok")
