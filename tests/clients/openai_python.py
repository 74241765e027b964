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
from openai.types.responses import Response
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


def flat(tool):
    return {"type": "function", "strict": False, **tool["function"]}


def valid(response, status="completed"):
    """The client itself does not look whether all of the type is there."""
    assert isinstance(response, Response) and response.object == "response", response
    Response.model_validate(response.to_dict())
    assert response.status == status and response.id.startswith("resp_"), response
    usage = response.usage
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens > 0, response
    return response


def response(model):
    answer = valid(
        client.responses.create(
            model=model, instructions="Be short.", input="Hello", max_output_tokens=100, temperature=0.5, store=False
        )
    )
    assert answer.output_text and answer.output[0].type == "message", answer
    assert answer.model == model and answer.instructions == "Be short." and answer.max_output_tokens == 100, answer
    counted = client.responses.input_tokens.count(model=CLAUDE, input="Hello")
    assert counted.object == "response.input_tokens" and counted.input_tokens > 0, counted


def response_in_turns(model):
    first = client.responses.create(model=model, input="Hello")
    items = user("Hello") + first.output + [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be short."}]},
        {"role": "user", "content": [{"type": "input_text", "text": "And again?"}]},
    ]
    assert valid(client.responses.create(model=model, input=items)).output_text


def response_streamed(model):
    events = list(client.responses.create(model=model, input="Hello", stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events]
    deltas = kinds.count("response.output_text.delta")
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * deltas,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ], kinds
    for event in events:
        type(event).model_validate(event.to_dict())
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text and valid(events[-1].response).output_text == text
    with client.responses.stream(model=model, input="Hello") as stream:
        assert valid(stream.get_final_response()).output_text == text


def response_tools(model):
    items = user("Call get_weather and get_time.")
    tools = [flat(WEATHER), flat(TIME)]
    asked = valid(client.responses.create(model=model, input=items, tools=tools))
    calls = [item for item in asked.output if item.type == "function_call"]
    assert [call.name for call in calls] == ["get_weather", "get_time"], asked
    assert set(json.loads(calls[0].arguments)) == {"city", "days"}, calls
    assert len({call.call_id for call in calls} | {call.id for call in calls}) == 4
    items += asked.output
    for call in reversed(calls):
        items.append({"type": "function_call_output", "call_id": call.call_id, "output": f"of {call.name}"})
    answered = valid(client.responses.create(model=model, input=items, tools=tools))
    assert "of get_time" in answered.output_text, answered
    one = client.responses.create(model=model, input=user("Is it raining?"), tools=tools)
    assert [item.name for item in one.output if item.type == "function_call"] == ["get_weather"], one
    chosen = client.responses.create(
        model=model, input="Hello", tools=tools, tool_choice={"type": "function", "name": "get_time"}
    )
    assert chosen.output[-1].name == "get_time" and chosen.tool_choice.name == "get_time", chosen


def response_streamed_tools(model):
    tools = [flat(WEATHER), {"type": "custom", "name": "write_file", "description": "Writes."}]
    events = list(
        client.responses.create(model=model, input="Call get_weather and write_file.", tools=tools, stream=True)
    )
    for event in events:
        type(event).model_validate(event.to_dict())
    done = {event.type: event for event in events if event.type.endswith(".done")}
    arguments = "".join(e.delta for e in events if e.type == "response.function_call_arguments.delta")
    assert set(json.loads(arguments)) == {"city", "days"}
    assert done["response.function_call_arguments.done"].arguments == arguments
    calls = [item for item in events[-1].response.output if item.type in ("function_call", "custom_tool_call")]
    assert [call.type for call in calls] == ["function_call", "custom_tool_call"], calls
    assert calls[1].name == "write_file" and calls[1].input == done["response.custom_tool_call_input.done"].input
    with client.responses.stream(model=model, input="Is it raining?", tools=[flat(WEATHER)]) as stream:
        whole = stream.get_final_response()
    assert whole.output[-1].name == "get_weather", whole


def custom_tools(model):
    items = user("Call write_file.")
    tools = [{"type": "custom", "name": "write_file", "format": {"type": "text"}}]
    asked = valid(client.responses.create(model=model, input=items, tools=tools))
    call = asked.output[-1]
    assert call.type == "custom_tool_call" and call.name == "write_file" and isinstance(call.input, str), asked
    items += asked.output + [{"type": "custom_tool_call_output", "call_id": call.call_id, "output": "written"}]
    assert "written" in valid(client.responses.create(model=model, input=items, tools=tools)).output_text


def response_images():
    content = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"},
        {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,SGVsbG8="},
    ]
    assert valid(client.responses.create(model=CLAUDE, input=[{"role": "user", "content": content}])).output_text


def response_parsed(model):
    answer = client.responses.parse(model=model, input="Who?", text_format=Person)
    assert isinstance(answer.output_parsed, Person), answer
    with client.responses.stream(model=model, input="Who?", text_format=Person) as stream:
        assert isinstance(stream.get_final_response().output_parsed, Person)


def reasoning():
    """What a Claude thought goes to the client and back."""
    model = "claude-sonnet-4-5"
    asked = {
        "model": model,
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "tools": [flat(WEATHER)],
    }
    items = user("Is it raining?")
    first = valid(client.responses.create(input=items, **asked))
    assert first.reasoning.effort == "low", first
    call = first.output[-1]
    items += first.output + [{"type": "function_call_output", "call_id": call.call_id, "output": "raining"}]
    assert "raining" in valid(client.responses.create(input=items, **asked)).output_text


def response_errors():
    def create(**asked):
        client.responses.create(**{"model": CLAUDE, "input": "Hello", **asked})

    refused(openai.NotFoundError, "model", create, model="no-such-model")
    refused(openai.BadRequestError, "previous_response_id", create, previous_response_id="resp_1")
    refused(openai.BadRequestError, "conversation", create, conversation="conv_1")
    refused(openai.BadRequestError, "background", create, background=True)
    refused(openai.BadRequestError, "tools[0].type", create, tools=[{"type": "web_search"}])
    refused(openai.BadRequestError, "input[0].type", create, input=[{"type": "item_reference", "id": "msg_1"}])
    refused(openai.BadRequestError, "include[0]", create, include=["message.output_text.logprobs"])
    refused(openai.NotFoundError, None, lambda: client.responses.retrieve("resp_1"))
    refused(openai.NotFoundError, None, lambda: client.responses.delete("resp_1"))
    refused(openai.NotFoundError, None, lambda: client.responses.cancel("resp_1"))


def complete(**asked):
    client.chat.completions.create(**{"model": CLAUDE, "messages": user("Hello"), **asked})


def refused(kind, param, ask=complete, **asked):
    try:
        ask(**asked)
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


RESPONSES = (
    response,
    response_in_turns,
    response_streamed,
    response_tools,
    response_streamed_tools,
    custom_tools,
    response_parsed,
)
for test in (chat, streamed, tools, parallel_tools, streamed_tools, tool_choice, json_schema, *RESPONSES):
    for model in (CLAUDE, NOVA):
        test(model)
        print("ok", test.__name__, model)
for test in (
    several_choices,
    images,
    embeddings,
    models,
    videos,
    errors,
    response_images,
    reasoning,
    response_errors,
):
    test()
    print("ok", test.__name__)
