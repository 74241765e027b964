// The official OpenAI client for Node against `bedwire serve`.
//
// usage: openai_node.mjs BASE_URL BASE_URL_WITH_KEYS   (in a folder where `openai` and `zod` are installed)

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { OpenAI } = require("openai");
const { zodResponseFormat, zodTextFormat } = require("openai/helpers/zod");
const { z } = require("zod");

const [url, urlWithKeys] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: "anything", maxRetries: 0 });
const user = (content) => [{ role: "user", content }];
const tool = (name, properties) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties, required: Object.keys(properties) } },
});
const tools = [tool("get_weather", { city: { type: "string" } }), tool("get_time", { zone: { type: "string" } })];

const flatTools = tools.map((tool) => ({ type: "function", strict: false, ...tool.function }));

const tests = {
  async chat(model) {
    const answer = await client.chat.completions.create({ model, messages: user("Hello") });
    assert.equal(answer.object, "chat.completion");
    assert.ok(answer.choices[0].message.content);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  },

  async streamed(model) {
    const stream = client.chat.completions.stream({
      model, messages: user("Hello"), stream_options: { include_usage: true },
    });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
    const whole = await stream.finalChatCompletion();
    assert.ok(text && whole.choices[0].message.content === text);
    assert.ok((await stream.totalUsage()).total_tokens > 0);
  },

  async toolsAndResults(model) {
    const messages = user("Call get_weather and get_time.");
    const asked = await client.chat.completions.create({ model, messages, tools });
    const calls = asked.choices[0].message.tool_calls;
    assert.deepEqual(calls.map((call) => call.function.name), ["get_weather", "get_time"]);
    assert.deepEqual(JSON.parse(calls[0].function.arguments), { city: "example" });
    messages.push(asked.choices[0].message);
    for (const call of calls) messages.push({ role: "tool", tool_call_id: call.id, content: "raining" });
    const answered = await client.chat.completions.create({ model, messages, tools });
    assert.match(answered.choices[0].message.content, /raining/);
  },

  async streamedTools(model) {
    const stream = client.chat.completions.stream({ model, messages: user("Call get_weather and get_time."), tools });
    const whole = await stream.finalChatCompletion();
    assert.equal(whole.choices[0].finish_reason, "tool_calls");
    assert.deepEqual(whole.choices[0].message.tool_calls.map((call) => call.function.name), ["get_weather", "get_time"]);
  },

  async jsonSchema(model) {
    const Person = z.object({ name: z.string(), age: z.number().int() });
    const answer = await client.chat.completions.parse({
      model, messages: user("Who?"), response_format: zodResponseFormat(Person, "person"),
    });
    assert.ok(Person.safeParse(answer.choices[0].message.parsed).success);
  },

  async embeddings() {
    const answer = await client.embeddings.create({ model: "titan-embed-text-v2", input: ["a", "b"], dimensions: 256 });
    assert.deepEqual(answer.data.map((one) => one.embedding.length), [256, 256]);
  },

  async models(model) {
    const listed = await client.models.list();
    assert.ok(listed.data.some((one) => one.id === model));
  },

  async response(model) {
    const answer = await client.responses.create({ model, instructions: "Be short.", input: "Hello", store: false });
    assert.equal(answer.object, "response");
    assert.equal(answer.status, "completed");
    assert.ok(answer.output_text);
    assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
  },

  async responseStreamed(model) {
    const stream = client.responses.stream({ model, input: "Hello" });
    let text = "";
    for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
    const whole = await stream.finalResponse();
    assert.ok(text && whole.output_text === text);
  },

  async responseTools(model) {
    const input = user("Call get_weather and get_time.");
    const asked = await client.responses.create({ model, input, tools: flatTools });
    const calls = asked.output.filter((item) => item.type === "function_call");
    assert.deepEqual(calls.map((call) => call.name), ["get_weather", "get_time"]);
    assert.deepEqual(JSON.parse(calls[0].arguments), { city: "example" });
    input.push(...asked.output);
    for (const call of calls) input.push({ type: "function_call_output", call_id: call.call_id, output: "raining" });
    const answered = await client.responses.create({ model, input, tools: flatTools });
    assert.match(answered.output_text, /raining/);
  },

  async responseStreamedTools(model) {
    const stream = client.responses.stream({ model, input: "Call get_weather and get_time.", tools: flatTools });
    const whole = await stream.finalResponse();
    const calls = whole.output.filter((item) => item.type === "function_call");
    assert.deepEqual(calls.map((call) => call.name), ["get_weather", "get_time"]);
  },

  async responseParsed(model) {
    const Person = z.object({ name: z.string(), age: z.number().int() });
    const answer = await client.responses.parse({
      model, input: "Who?", text: { format: zodTextFormat(Person, "person") },
    });
    assert.ok(Person.safeParse(answer.output_parsed).success);
  },

  async responseErrors() {
    const refused = (asked, kind, param) => assert.rejects(
      client.responses.create({ model: "claude-sonnet-4", input: "Hello", ...asked }),
      (error) => error instanceof kind && error.param === param,
    );
    await refused({ model: "no-such-model" }, OpenAI.NotFoundError, "model");
    await refused({ previous_response_id: "resp_1" }, OpenAI.BadRequestError, "previous_response_id");
    await refused({ tools: [{ type: "web_search" }] }, OpenAI.BadRequestError, "tools[0].type");
    await assert.rejects(client.responses.retrieve("resp_1"), OpenAI.NotFoundError);
  },

  async errors() {
    const refused = (asked, kind, param) => assert.rejects(
      client.chat.completions.create({ model: "claude-sonnet-4", messages: user("Hello"), ...asked }),
      (error) => error instanceof kind && error.param === param,
    );
    await refused({ model: "no-such-model" }, OpenAI.NotFoundError, "model");
    await refused({ messages: [] }, OpenAI.BadRequestError, "messages");
    const keyed = (apiKey) => new OpenAI({ baseURL: urlWithKeys, apiKey, maxRetries: 0 }).models.list();
    await assert.rejects(keyed("wrong"), OpenAI.AuthenticationError);
    await keyed("sk-right");
  },
};

for (const [name, test] of Object.entries(tests)) {
  for (const model of test.length ? ["claude-sonnet-4", "nova-lite"] : [undefined]) {
    await test(model);
    console.log("ok", name, model ?? "");
  }
}
