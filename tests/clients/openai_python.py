"""The official OpenAI client for Python against `bedwire serve`: every answer is read by the client's own types.

usage: openai_python.py BASE_URL BASE_URL_WITH_KEYS
"""

import base64
import json
import sys

import openai
from openai import OpenAI
from openai.types import CreateEmbeddingResponse, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

URL, URL_WITH_KEYS = sys.argv[1:3]
CLAUDE, NOVA = "claude-sonnet-4", "nova-lite"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

client = OpenAI(base_url=URL, api_key="anything", max_retries=0)


def user(text):
    return [{"role": "user", "content": text}]


def function(name, **properties):
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


WEATHER = function("get_weather", city={"type": "string"}, days={"type": "integer"})
TIME = function("get_time", zone={"type": "string", "enum": ["UTC", "CET"]})


def chat(model):
    answer = client.chat.completions.create(
        model=model,
        messages=[{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello"}],
        max_tokens=100,
        temperature=0.5,
    )
    assert isinstance(answer, ChatCompletion) and answer.object == "chat.completion", answer
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and choice.message.content, answer
    assert choice.finish_reason in ("stop", "length"), answer
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0, answer
    assert answer.model == model and answer.id and answer.created, answer


def several_choices():
    answer = client.chat.completions.create(model=CLAUDE, messages=user("Hello"), n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2], answer


def streamed(model):
    with client.chat.completions.create(
        model=model, messages=user("Hello"), stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    assert all(isinstance(chunk, ChatCompletionChunk) for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    finish = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    assert text and finish == ["stop"], (text, finish)
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0, chunks[-1]
    assert all(chunk.usage is None for chunk in chunks[:-1])


def tools(model):
    messages = user("Is it raining?")
    asked = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER, TIME])
    choice = asked.choices[0]
    assert choice.finish_reason == "tool_calls", asked
    call = choice.message.tool_calls[0]
    assert call.type == "function" and call.function.name == "get_weather", asked
    assert set(json.loads(call.function.arguments)) == {"city", "days"}, call
    messages += [choice.message, {"role": "tool", "tool_call_id": call.id, "content": '{"rain": true}'}]
    answered = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER, TIME])
    assert answered.choices[0].finish_reason == "stop", answered
    assert "rain" in answered.choices[0].message.content, answered


def parallel_tools(model):
    messages = user("Call get_weather and get_time.")
    asked = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER, TIME])
    calls = asked.choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_time"], asked
    assert len({call.id for call in calls}) == 2
    messages.append(asked.choices[0].message)
    # Results in another order than the calls.
    for call in reversed(calls):
        messages.append({"role": "tool", "tool_call_id": call.id, "content": f"of {call.function.name}"})
    answered = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER, TIME])
    assert "of get_time" in answered.choices[0].message.content, answered


def streamed_tools(model):
    calls = {}
    finish = None
    for chunk in client.chat.completions.create(
        model=model, messages=user("Call get_weather and get_time."), tools=[WEATHER, TIME], stream=True
    ):
        choice = chunk.choices[0]
        finish = choice.finish_reason or finish
        for call in choice.delta.tool_calls or []:
            name, arguments = calls.setdefault(call.index, ["", ""])
            calls[call.index] = [name + (call.function.name or ""), arguments + (call.function.arguments or "")]
    assert finish == "tool_calls" and sorted(calls) == [0, 1], calls
    assert [calls[0][0], calls[1][0]] == ["get_weather", "get_time"], calls
    assert set(json.loads(calls[0][1])) == {"city", "days"} and json.loads(calls[1][1]) == {"zone": "UTC"}, calls
    # The client's own way to put a stream together.
    with client.chat.completions.stream(model=model, messages=user("Is it raining?"), tools=[WEATHER]) as stream:
        whole = stream.get_final_completion()
    assert whole.choices[0].message.tool_calls[0].function.name == "get_weather", whole


def tool_choice(model):
    def ask(choice):
        answer = client.chat.completions.create(
            model=model, messages=user("Hello"), tools=[WEATHER, TIME], tool_choice=choice
        )
        return [call.function.name for call in answer.choices[0].message.tool_calls or []]

    assert ask("none") == [], "none"
    assert ask("required") == ["get_weather"]
    assert ask({"type": "function", "function": {"name": "get_time"}}) == ["get_time"]


def images():
    for url in (f"data:image/png;base64,{PIXEL}",):
        content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
        answer = client.chat.completions.create(model=CLAUDE, messages=[{"role": "user", "content": content}])
        assert answer.choices[0].message.content, answer


class Person(BaseModel):
    name: str
    age: int
    tags: list[str]


def json_schema(model):
    answer = client.chat.completions.parse(model=model, messages=user("Who?"), response_format=Person)
    person = answer.choices[0].message.parsed
    assert isinstance(person, Person) and answer.choices[0].finish_reason == "stop", answer
    plain = client.chat.completions.create(
        model=model, messages=user("Answer in JSON."), response_format={"type": "json_object"}
    )
    assert plain.choices[0].message.content, plain


def embeddings():
    answer = client.embeddings.create(model="titan-embed-text-v2", input=["one", "two"], dimensions=256)
    assert isinstance(answer, CreateEmbeddingResponse) and len(answer.data) == 2, answer
    assert len(answer.data[1].embedding) == 256 and answer.usage.total_tokens > 0
    plain = client.embeddings.create(
        model="titan-embed-text-v2", input="one", dimensions=256, encoding_format="float"
    )
    assert abs(plain.data[0].embedding[0] - answer.data[0].embedding[0]) < 1e-6


def models():
    listed = client.models.list()
    assert all(isinstance(model, Model) for model in listed.data) and CLAUDE in [m.id for m in listed.data]
    assert client.models.retrieve(CLAUDE).id == CLAUDE


def videos():
    video = client.videos.create(model="luma.ray-v2:0", prompt="a red fox", seconds="5")
    assert video.object == "video" and video.status in ("queued", "in_progress"), video
    done = client.videos.poll(video.id, poll_interval_ms=50)
    assert done.status == "completed", done
    assert client.videos.download_content(video.id).read()[4:8] == b"ftyp"
    assert video.id.split("_")[0] == "video" and client.videos.list(limit=1).data, "list"
    with_image = client.videos.create(
        model="luma.ray-v2:0", prompt="a fox", input_reference=("a.png", base64.b64decode(PIXEL), "image/png")
    )
    assert with_image.status == "queued", with_image


def refused(kind, param, **asked):
    try:
        client.chat.completions.create(**{"model": CLAUDE, "messages": user("Hello"), **asked})
    except kind as error:
        assert error.param == param, (error.param, param)
        assert error.message, error
    else:
        raise AssertionError(f"not refused: {asked}")


def errors():
    refused(openai.NotFoundError, "model", model="no-such-model")
    refused(openai.BadRequestError, "messages", messages=[])
    refused(openai.BadRequestError, "logit_bias", logit_bias={"50256": -100})
    refused(openai.BadRequestError, "temperature", temperature=9)
    for key, kind in (("wrong", openai.AuthenticationError), ("sk-right", None)):
        keyed = OpenAI(base_url=URL_WITH_KEYS, api_key=key, max_retries=0)
        try:
            keyed.models.list()
            assert kind is None, "a wrong key was let in"
        except openai.AuthenticationError:
            assert kind is openai.AuthenticationError, "the right key was refused"


for test in (chat, streamed, tools, parallel_tools, streamed_tools, tool_choice, json_schema):
    for model in (CLAUDE, NOVA):
        test(model)
        print("ok", test.__name__, model)
for test in (several_choices, images, embeddings, models, videos, errors):
    test()
    print("ok", test.__name__)
