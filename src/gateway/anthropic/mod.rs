//! Anthropic's API: messages, and counting their tokens. A Claude gets the client's own body, and its answer goes back
//! as it came; for every other model the request is read as a [`crate::gateway::chat::Chat`], and the answer is written.
//! <https://docs.anthropic.com/en/api/messages>
//!
//! | file | job |
//! |---|---|
//! | `messages`, `count_tokens` | the endpoints |
//! | `asked_message` | what every request says first: its model, and whether it streams |
//! | `sources` | images that are named by URL, and files that cannot be had |
//! | `claude/` | passed through to a Claude and back |
//! | `claude_route` | whether a model leads to a Claude, and what the Claude of a route is asked |
//! | `request/` | a request → a chat, for other models |
//! | `message`, `events` | an answer → a message, or its events |
//! | `arriving` | an answer that streams, a chat's or a Claude's own |
//! | `stop_reason` | why a model stopped, in the words that clients know |

mod arriving;
mod asked_message;
mod claude;
mod claude_route;
mod count_tokens;
mod events;
mod message;
mod messages;
mod request;
mod sources;
mod stop_reason;

/// What is wrong with a choice of a tool that is left out.
const CHOICE_OF_DROPPED: &str = "names a tool that is left out; leave the choice out, too";

pub(super) use count_tokens::count_tokens;
pub(super) use messages::messages;
