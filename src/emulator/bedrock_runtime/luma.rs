//! `modelInput` of Luma Ray2, with its limits.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-luma.html>

use super::member::Member;
use crate::emulator::refused::Refused;

const ASPECT_RATIOS: [&str; 7] = ["1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"];
const MEMBERS: [&str; 6] = ["prompt", "aspect_ratio", "loop", "duration", "resolution", "keyframes"];

pub(super) fn check(input: &Member) -> Result<(), Refused> {
    input.only(&MEMBERS)?;
    input.required("prompt")?.text(1..=5000)?;
    if let Some(ratio) = input.optional("aspect_ratio")? {
        ratio.one_of(&ASPECT_RATIOS)?;
    }
    if let Some(is_loop) = input.optional("loop")? {
        is_loop.boolean()?;
    }
    if let Some(duration) = input.optional("duration")? {
        duration.one_of(&["5s", "9s"])?;
    }
    if let Some(resolution) = input.optional("resolution")? {
        resolution.one_of(&["540p", "720p"])?;
    }
    if let Some(keyframes) = input.optional("keyframes")? {
        keyframes.only(&["frame0", "frame1"])?;
        for name in ["frame0", "frame1"] {
            if let Some(frame) = keyframes.optional(name)? {
                check_frame(&frame)?;
            }
        }
    }
    Ok(())
}

fn check_frame(frame: &Member) -> Result<(), Refused> {
    frame.required("type")?.one_of(&["image"])?;
    let source = frame.required("source")?;
    source.required("type")?.one_of(&["base64"])?;
    let media_type = source.required("media_type")?.one_of(&["image/jpeg", "image/png"])?;
    source.required("data")?.image(media_type.trim_start_matches("image/"))
}
