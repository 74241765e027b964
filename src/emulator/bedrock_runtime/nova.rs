//! `modelInput` of Amazon Nova Reel, with its limits.
//! <https://docs.aws.amazon.com/nova/latest/userguide/video-gen-access.html>

use super::member::Member;
use crate::emulator::refused::Refused;

/// The length of one shot, in seconds.
const SHOT_SECONDS: i64 = 6;
/// The longest video of several shots, in seconds.
const MAX_SECONDS: i64 = 120;
const MAX_SHOTS: usize = 20;
const MAX_SEED: i64 = 2_147_483_646;

/// `is_first_version` is `amazon.nova-reel-v1:0`, which makes single shots only.
pub(super) fn check(input: &Member, is_first_version: bool) -> Result<(), Refused> {
    let task_type = input.required("taskType")?;
    let task = task_type.one_of(&["TEXT_VIDEO", "MULTI_SHOT_AUTOMATED", "MULTI_SHOT_MANUAL"])?;
    if is_first_version && task != "TEXT_VIDEO" {
        return Err(task_type.refuse(&format!("{task} needs amazon.nova-reel-v1:1")));
    }
    let name = match task {
        "TEXT_VIDEO" => "textToVideoParams",
        "MULTI_SHOT_AUTOMATED" => "multiShotAutomatedParams",
        _ => "multiShotManualParams",
    };
    input.only(&["taskType", name, "videoGenerationConfig"])?;
    let parameters = input.required(name)?;
    match task {
        "TEXT_VIDEO" => check_single_shot(&parameters)?,
        "MULTI_SHOT_AUTOMATED" => {
            parameters.only(&["text"])?;
            parameters.required("text")?.text(1..=4000)?;
        }
        _ => check_shots(&parameters)?,
    }
    match input.optional("videoGenerationConfig")? {
        Some(config) => check_config(&config, task == "TEXT_VIDEO"),
        None => Ok(()),
    }
}

fn check_single_shot(parameters: &Member) -> Result<(), Refused> {
    parameters.only(&["text", "images"])?;
    parameters.required("text")?.text(1..=512)?;
    if let Some(images) = parameters.optional("images")? {
        for image in images.items(1..=1)? {
            check_image(&image)?;
        }
    }
    Ok(())
}

fn check_shots(parameters: &Member) -> Result<(), Refused> {
    parameters.only(&["shots"])?;
    for shot in parameters.required("shots")?.items(1..=MAX_SHOTS)? {
        shot.only(&["text", "image"])?;
        shot.required("text")?.text(1..=512)?;
        if let Some(image) = shot.optional("image")? {
            check_image(&image)?;
        }
    }
    Ok(())
}

fn check_image(image: &Member) -> Result<(), Refused> {
    image.only(&["format", "source"])?;
    let format = image.required("format")?.one_of(&["png", "jpeg"])?;
    let source = image.required("source")?;
    if let Some(location) = source.optional("s3Location")? {
        let uri = location.required("uri")?;
        return if uri.text(1..=1024)?.starts_with("s3://") {
            Ok(())
        } else {
            Err(uri.refuse("expected an S3 URI (s3://bucket/key)"))
        };
    }
    source.required("bytes")?.image(format)
}

fn check_config(config: &Member, is_single_shot: bool) -> Result<(), Refused> {
    config.only(&["durationSeconds", "fps", "dimension", "seed"])?;
    if let Some(duration) = config.optional("durationSeconds")? {
        if is_single_shot {
            duration.integer(SHOT_SECONDS..=SHOT_SECONDS)?;
        } else if duration.integer(2 * SHOT_SECONDS..=MAX_SECONDS)? % SHOT_SECONDS != 0 {
            return Err(duration.refuse("expected a multiple of 6"));
        }
    }
    if let Some(fps) = config.optional("fps")? {
        fps.integer(24..=24)?;
    }
    if let Some(dimension) = config.optional("dimension")? {
        dimension.one_of(&["1280x720"])?;
    }
    if let Some(seed) = config.optional("seed")? {
        seed.integer(0..=MAX_SEED)?;
    }
    Ok(())
}
