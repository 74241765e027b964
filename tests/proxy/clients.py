"""boto3 and the OpenAI client through a running proxy. Arguments: its URL, and that of one that verifies only."""

import sys

import boto3
import openai
from botocore import UNSIGNED
from botocore.config import Config

PROXY, VERIFYING = sys.argv[1:]
MODEL = "us.amazon.nova-lite-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "Say hello"}]}]


def client(service="bedrock-runtime", url=PROXY, **options):
    config = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=30, **options)
    return boto3.client(service, region_name="us-west-2", endpoint_url=url, config=config)


def boto3_signed_with_a_wrong_secret():
    text = client().converse(modelId=MODEL, messages=MESSAGES)["output"]["message"]["content"][0]["text"]
    assert text, text


def boto3_unsigned():
    assert client(signature_version=UNSIGNED).converse(modelId=MODEL, messages=MESSAGES)["stopReason"]


def boto3_stream():
    events = list(client().converse_stream(modelId=MODEL, messages=MESSAGES)["stream"])
    assert "messageStart" in events[0] and any("contentBlockDelta" in event for event in events), events


def boto3_control_plane():
    assert client("bedrock").list_foundation_models()["modelSummaries"]


def boto3_refusal():
    runtime = client()
    try:
        runtime.converse(modelId=MODEL, messages=[{"role": "user", "content": [{"text": " "}]}])
    except runtime.exceptions.ValidationException as error:
        assert "blank" in str(error), error
        return
    raise AssertionError("a blank text was not refused")


def boto3_verified():
    runtime = client(url=VERIFYING)
    try:
        runtime.converse(modelId=MODEL, messages=MESSAGES)
    except runtime.exceptions.ClientError as error:
        assert "no known mistake" in str(error) and "the secret is another one" in str(error), error
        return
    raise AssertionError("a wrong signature was not refused")


def openai_client():
    chat = openai.OpenAI(base_url=f"{PROXY}/openai/v1", api_key="sk-anything", max_retries=0).chat.completions
    asked = {"model": "openai.gpt-oss-20b-1:0", "messages": [{"role": "user", "content": "Say hello"}]}
    assert chat.create(**asked).choices[0].message.content == "Hello"
    words = [chunk.choices[0].delta.content for chunk in chat.create(stream=True, **asked)]
    assert words == ["Hel", "lo"], words


for test in [
    boto3_signed_with_a_wrong_secret,
    boto3_unsigned,
    boto3_stream,
    boto3_control_plane,
    boto3_refusal,
    boto3_verified,
    openai_client,
]:
    test()
    print("ok", test.__name__)
