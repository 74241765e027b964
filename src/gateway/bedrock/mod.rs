//! Chat ⇄ Bedrock: bodies of Converse and of Claude's InvokeModel, their answers and events; native paths passed through.
//!
//! | file | job |
//! |---|---|
//! | `upstream` | which operation a chat becomes, and the call |
//! | `plan`, `tools` | what a model is asked: settled once of a chat, for either form of body |
//! | `converse/`, `claude/` | the body and the events of each form |
//! | `fewer_tokens` | a chat for no more tokens than its model writes |
//! | `prepared` | a body that is ready to be sent |
//! | `family` | what each family of models takes, as data |
//! | `history` | turns that alternate, without what a model would refuse |
//! | `tool_names`, `tool_use_ids` | names and ids that Bedrock takes |
//! | `schema`, `inlined_schema`, `arguments` | schemas as models take them; what a tool takes |
//! | `native_schema` | which schemas a model can be held to |
//! | `json_format`, `json_answer` | how a model is made to answer JSON; where it stands in the answer |
//! | `sampling`, `reasoning`, `metadata` | how an answer is drawn, how much is thought, what the log gets |
//! | `answer` | a whole answer, of either shape |
//! | `events`, `blocks` | an answer that streams, and its blocks as they arrive |
//! | `stop_text` | stop sequences for models that take none |
//! | `restore` | what was changed for Bedrock, changed back in the answer |
//! | `count_tokens` | how many tokens a prompt has |
//! | `native` | Bedrock's own paths, passed through |
//! | `native_usage`, `member_in_passing` | what such an answer says it took, read while it goes by |

mod answer;
mod arguments;
mod blocks;
#[cfg(test)]
mod bodies_fit;
#[cfg(test)]
mod chats;
mod claude;
mod converse;
mod count_tokens;
mod events;
mod family;
mod fewer_tokens;
mod history;
mod inlined_schema;
mod json_answer;
mod json_format;
mod member_in_passing;
mod metadata;
mod native;
mod native_schema;
mod native_usage;
mod plan;
mod prepared;
mod reasoning;
mod restore;
mod sampling;
mod schema;
#[cfg(test)]
#[path = "../../../tests/shapes/mod.rs"]
mod shapes;
mod stop_text;
mod tool_names;
mod tool_use_ids;
mod tools;
mod upstream;

pub(super) use answer::{no_message, true_reason};
pub(super) use claude::gave_up;
pub(super) use count_tokens::{count_chat, count_claude};
pub(super) use events::Events;
pub(super) use family::{ClaudeTakes, Family, SystemMessages};
pub(super) use native::native;
pub(super) use upstream::{answer, answer_of_route, events, events_of_route, reserve};
