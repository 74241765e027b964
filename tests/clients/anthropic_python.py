"""The official Anthropic client for Python against `bedwire serve`: every answer is read by the client's own types.

usage: anthropic_python.py BASE_URL BASE_URL_WITH_KEYS   (both without /v1)
"""

import sys

import anthropic
from anthropic import Anthropic, beta_tool
from anthropic.types import Message, MessageTokensCount

URL, URL_WITH_KEYS = sys.argv[1:3]
CLAUDE, NOVA = "claude-sonnet-4", "nova-lite"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "the weather", "input_schema": SCHEMA}

client = Anthropic(base_url=URL, api_key="anything", max_retries=0)


def user(content):
    return [{"role": "user", "content": content}]


def message(model):
    answer = client.messages.create(model=model, max_tokens=100, system="Be short.", messages=user("Hello"))
    assert isinstance(answer, Message) and answer.role == "assistant", answer
    assert answer.content[0].type == "text" and answer.content[0].text, answer
    assert answer.stop_reason == "end_turn" and answer.usage.input_tokens > 0, answer
    assert answer.model == model, answer


def streamed(model):
    with client.messages.stream(model=model, max_tokens=100, messages=user("Hello")) as stream:
        text = "".join(stream.text_stream)
        whole = stream.get_final_message()
    assert text and whole.content[0].text == text and whole.stop_reason == "end_turn", whole
    assert whole.usage.output_tokens > 0, whole


def tools(model):
    messages = user("Is it raining?")
    asked = client.messages.create(model=model, max_tokens=100, messages=messages, tools=[WEATHER])
    use = asked.content[-1]
    assert asked.stop_reason == "tool_use" and use.type == "tool_use" and use.input == {"city": "example"}, asked
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "raining"}
    messages += [{"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    answered = client.messages.create(model=model, max_tokens=100, messages=messages, tools=[WEATHER])
    assert answered.stop_reason == "end_turn" and "raining" in answered.content[0].text, answered


def streamed_tools(model):
    with client.messages.stream(
        model=model, max_tokens=100, messages=user("Is it raining?"), tools=[WEATHER]
    ) as stream:
        whole = stream.get_final_message()
    use = whole.content[-1]
    assert whole.stop_reason == "tool_use" and use.name == "get_weather" and use.input == {"city": "example"}, whole


def runner(model):
    """The runner sends the chat as a thread first, and goes on with all of it when it is told that there are none."""
    asked = []

    @beta_tool
    def get_weather(city: str) -> str:
        """the weather"""
        asked.append(city)
        return "raining"

    run = client.beta.messages.tool_runner(
        model=model, max_tokens=100, tools=[get_weather], messages=user("Is it raining?"), max_iterations=3
    )
    turns = list(run)
    assert asked == ["example"], asked
    assert [turn.stop_reason for turn in turns] == ["tool_use", "end_turn"], turns
    assert "raining" in turns[-1].content[0].text, turns


def images(model):
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]
    answer = client.messages.create(model=model, max_tokens=100, messages=user(content))
    assert answer.content[0].text, answer


def thinking():
    answer = client.messages.create(
        model=CLAUDE,
        max_tokens=3000,
        thinking={"type": "enabled", "budget_tokens": 1024},
        messages=user("Is it raining?"),
        tools=[WEATHER],
    )
    assert answer.content[0].type == "thinking" and answer.content[0].signature, answer


def count():
    counted = client.messages.count_tokens(model=CLAUDE, messages=user("How many tokens are these?"))
    assert isinstance(counted, MessageTokensCount) and counted.input_tokens > 0, counted


def models():
    page = client.models.list()
    assert CLAUDE in [model.id for model in page.data], page
    assert client.models.retrieve(CLAUDE).id == CLAUDE


def errors():
    for asked, kind in (
        ({"model": "no-such-model"}, anthropic.NotFoundError),
        ({"messages": []}, anthropic.BadRequestError),
        ({"max_tokens": 0}, anthropic.BadRequestError),
    ):
        try:
            client.messages.create(**{"model": CLAUDE, "max_tokens": 10, "messages": user("Hello"), **asked})
        except kind as error:
            assert error.body["type"] == "error" and error.body["error"]["message"], error.body
        else:
            raise AssertionError(f"not refused: {asked}")
    for key, is_right in (("wrong", False), ("sk-right", True)):
        try:
            Anthropic(base_url=URL_WITH_KEYS, api_key=key, max_retries=0).models.list()
            assert is_right, "a wrong key was let in"
        except anthropic.AuthenticationError:
            assert not is_right, "the right key was refused"


for test in (message, streamed, tools, streamed_tools, runner, images):
    for model in (CLAUDE, NOVA):
        test(model)
        print("ok", test.__name__, model)
for test in (thinking, count, models, errors):
    test()
    print("ok", test.__name__)
