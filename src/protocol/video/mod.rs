//! Typed `modelInput` of the video models, with their limits, checked before anything is sent. Characters are counted
//! as Unicode scalar values. Limits that AWS does not document are not enforced: [`TextToVideo::warnings`] names them.

mod keyframe;
mod luma_ray2;
mod nova_reel;
mod nova_shot;
mod prompt;
mod text_to_video;

pub use keyframe::{ImageFormat, Keyframe};
pub use luma_ray2::{AspectRatio, LumaDuration, LumaRay2, Resolution};
pub use nova_reel::{NovaReel, NovaReelVersion};
pub use nova_shot::{NovaImage, Shot};
pub use text_to_video::TextToVideo;
