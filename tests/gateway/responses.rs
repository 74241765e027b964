//! What a client of the Responses API makes of an answer: the events in their order, the items that they are of, and
//! that the whole response at the end says the same.

use super::completion::Completion;
use serde_json::{Map, Value, json};

fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("no text {name} in {json}"))
}

/// The events of a stream: each has its name twice, and its number.
pub fn response_events(stream: &str, label: &str) -> Vec<Value> {
    assert!(stream.ends_with("\n\n"), "{label}: {stream}");
    let events = stream.split_terminator("\n\n").filter(|event| !event.starts_with(':'));
    let read = |(number, event): (usize, &str)| {
        let (name, data) = event.split_once('\n').unwrap_or_else(|| panic!("{label}: {event}"));
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str(), "{label}: {event}");
        assert_eq!(data["sequence_number"], number, "{label}: {event}");
        data
    };
    events.enumerate().map(read).collect()
}

/// Follows a whole stream and returns its response.
pub fn read_response_stream(stream: &str, label: &str) -> Value {
    let mut events = response_events(stream, label).into_iter();
    for kind in ["response.created", "response.in_progress"] {
        let event = events.next().unwrap();
        assert_eq!(
            (text(&event, "type"), &event["response"]["status"]),
            (kind, &json!("in_progress")),
            "{label}"
        );
        assert_eq!((&event["response"]["output"], &event["response"]["usage"]), (&json!([]), &Value::Null));
    }
    let last = events.next_back().unwrap();
    let response = last["response"].clone();
    assert_eq!(text(&last, "type"), format!("response.{}", text(&response, "status")), "{label}");
    let mut items: Vec<Followed> = Vec::new();
    for event in events {
        let place = usize::try_from(event["output_index"].as_u64().unwrap()).unwrap();
        if text(&event, "type") == "response.output_item.added" {
            assert_eq!(place, items.len(), "{label}: {event}");
            items.push(Followed::begin(&event["item"], label));
        } else {
            items[place].follow(&event, label);
        }
    }
    let done: Vec<Value> = items.into_iter().map(|item| item.done.expect(label)).collect();
    assert_eq!(response["output"], Value::Array(done), "{label}");
    response
}

/// An item as its events tell it.
struct Followed {
    id: Value,
    /// What is added up, and what was said to be all of it.
    told: String,
    whole: Option<String>,
    part: Option<Value>,
    done: Option<Value>,
}

impl Followed {
    fn begin(item: &Value, label: &str) -> Self {
        for empty in ["content", "summary", "arguments", "input"] {
            assert!(
                item.get(empty).is_none_or(|value| *value == json!([]) || *value == ""),
                "{label}: {item}"
            );
        }
        Self { id: item["id"].clone(), told: String::new(), whole: None, part: None, done: None }
    }

    fn follow(&mut self, event: &Value, label: &str) {
        assert!(self.done.is_none(), "{label}: {event} comes after its item is done");
        let kind = text(event, "type");
        if kind == "response.output_item.done" {
            return self.end(&event["item"], label);
        }
        assert_eq!(event["item_id"], self.id, "{label}: {event}");
        match kind.rsplit_once('.').unwrap().1 {
            "added" => assert_eq!((&*self.told, &event["part"]["text"]), ("", &json!("")), "{label}"),
            "delta" => self.told.push_str(text(event, "delta")),
            "done" if event.get("part").is_some() => self.part = Some(event["part"].clone()),
            "done" => {
                let member =
                    ["text", "arguments", "input"].into_iter().find(|name| event.get(name).is_some());
                self.whole = Some(text(event, member.unwrap()).to_owned());
            }
            _ => panic!("{label}: {event}"),
        }
    }

    fn end(&mut self, item: &Value, label: &str) {
        assert_eq!(item["id"], self.id, "{label}");
        let (said, has_part) = match text(item, "type") {
            "message" => (Some(text(&item["content"][0], "text")), true),
            "reasoning" if item["summary"] == json!([]) => (None, false),
            "reasoning" => (Some(text(&item["summary"][0], "text")), true),
            "function_call" => (Some(text(item, "arguments")), false),
            "custom_tool_call" => (Some(text(item, "input")), false),
            other => panic!("{label}: an item {other}"),
        };
        assert_eq!((self.whole.as_deref(), &*self.told), (said, said.unwrap_or_default()), "{label}: {item}");
        let part = item.get("content").or_else(|| item.get("summary")).map(|parts| parts[0].clone());
        assert_eq!(self.part, part.filter(|_| has_part), "{label}");
        self.done = Some(item.clone());
    }
}

/// A response as a completion, to be compared with what the model said.
pub fn as_completion(response: &Value, label: &str) -> Completion {
    assert_eq!((&response["object"], &response["store"]), (&json!("response"), &json!(false)), "{label}");
    assert!(response["created_at"].as_u64().unwrap() > 1_700_000_000, "{label}");
    assert_eq!(response["completed_at"].is_u64(), response["status"] == "completed", "{label}");
    let mut completion = Completion { model: text(response, "model").to_owned(), ..Completion::default() };
    let mut before = "";
    for item in response["output"].as_array().unwrap() {
        let kind = text(item, "type");
        match kind {
            "message" => {
                assert_ne!(before, "message", "{label}: what is said at once is one message");
                let said = text(&item["content"][0], "text");
                completion.content.get_or_insert_default().push_str(said);
            }
            "reasoning" => {
                for part in item["summary"].as_array().unwrap() {
                    completion.reasoning.get_or_insert_default().push_str(text(part, "text"));
                }
                completion.thinking_blocks.extend(item["encrypted_content"].as_str().map(unpacked));
            }
            "function_call" => completion.tool_calls.push((
                text(item, "call_id").to_owned(),
                text(item, "name").to_owned(),
                text(item, "arguments").to_owned(),
            )),
            other => panic!("{label}: an item {other}"),
        }
        before = kind;
    }
    let ended = (text(response, "status"), response["incomplete_details"]["reason"].as_str());
    let finish_reason = match ended {
        ("completed", None) if completion.tool_calls.is_empty() => "stop",
        ("completed", None) => "tool_calls",
        ("incomplete", Some("max_output_tokens")) => "length",
        ("incomplete", Some("content_filter")) => "content_filter",
        other => panic!("{label}: {other:?}"),
    };
    finish_reason.clone_into(&mut completion.finish_reason);
    completion.usage = as_usage(&response["usage"]);
    completion
}

/// What stands in `encrypted_content`.
pub fn unpacked(packed: &str) -> Value {
    let json = base64_simd::STANDARD.decode_to_vec(packed.strip_prefix("bedwire-1:").unwrap()).unwrap();
    serde_json::from_slice(&json).unwrap()
}

fn as_usage(usage: &Value) -> Value {
    if usage.is_null() {
        return Value::Null;
    }
    assert_eq!(usage["output_tokens_details"], json!({ "reasoning_tokens": 0 }));
    let details = &usage["input_tokens_details"];
    let members = [
        ("prompt_tokens", usage["input_tokens"].clone()),
        ("completion_tokens", usage["output_tokens"].clone()),
        ("total_tokens", usage["total_tokens"].clone()),
        (
            "prompt_tokens_details",
            json!({ "cached_tokens": details["cached_tokens"], "cache_creation_tokens": details["cache_write_tokens"] }),
        ),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}
