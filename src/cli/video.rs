//! `video create|wait|list|download`: Luma Ray2 and Nova Reel, with their limits checked before anything is sent.

use super::input;
use super::jobs::follow::{self, DownloadArgs, WaitArgs};
use super::jobs::list::{self, ListArgs};
use super::jobs::start::{self, StartArgs};
use super::model_args;
use super::output::Output;
use super::session::Session;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::AsyncInvoke;
use crate::protocol::video::{Keyframe, LumaRay2, NovaReel, Shot, TextToVideo};
use crate::{Error, ErrorKind};
use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(super) enum VideoCommand {
    /// Make a video of a text; prints the ARN of the job first
    Create(Box<CreateArgs>),
    /// Wait for the end of a job; prints where the video is
    Wait(WaitArgs),
    /// List the video jobs of this region
    List(ListArgs),
    /// Fetch the video of a job
    Download(DownloadArgs),
}

#[derive(Args)]
pub(super) struct CreateArgs {
    /// luma.ray-v2:0, amazon.nova-reel-v1:0 or amazon.nova-reel-v1:1, or what people call them: luma-ray2, nova-reel
    #[arg(long, value_name = "MODEL", default_value = "luma.ray-v2:0")]
    model: String,

    /// What the video shows: text, @FILE, or - for standard input
    #[arg(long, value_name = "TEXT|@FILE|-", required_unless_present = "shots")]
    prompt: Option<String>,

    /// The image that the video begins with: a PNG or JPEG file
    #[arg(long, visible_alias = "image", value_name = "FILE")]
    first_frame: Option<String>,

    /// The image that the video ends with (Luma Ray2)
    #[arg(long, value_name = "FILE")]
    last_frame: Option<String>,

    /// Seconds: 5 or 9 (Luma Ray2); 6, or 12 to 120 in steps of 6 (Nova Reel)
    #[arg(long, value_name = "SECS")]
    duration: Option<String>,

    /// 1:1, 16:9, 9:16, 4:3, 3:4, 21:9 or 9:21 (Luma Ray2)
    #[arg(long, value_name = "W:H")]
    aspect_ratio: Option<String>,

    /// 540p or 720p (Luma Ray2)
    #[arg(long, value_name = "LINES")]
    resolution: Option<String>,

    /// Let the end lead back to the beginning (Luma Ray2)
    #[arg(long = "loop")]
    is_loop: bool,

    /// What makes the model draw the same again (Nova Reel)
    #[arg(long, value_name = "N")]
    seed: Option<u32>,

    /// The text of one shot of 6 seconds, instead of a prompt; repeatable (Nova Reel 1:1)
    #[arg(long = "shot", value_name = "TEXT", conflicts_with_all = ["prompt", "duration", "first_frame"])]
    shots: Vec<String>,

    #[command(flatten)]
    start: StartArgs,
}

pub(super) async fn run(command: VideoCommand, session: &Session, output: &Output) -> Result<(), Error> {
    match command {
        VideoCommand::Create(args) => create(&args, session, output).await,
        VideoCommand::Wait(args) => follow::wait(args, "video", session, output).await,
        VideoCommand::Download(args) => follow::download(args, "video", session, output).await,
        VideoCommand::List(args) => list::run(&args, is_video, session, output).await,
    }
}

async fn create(args: &CreateArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let video = args.video(&model_args::of_job(&args.model, session)?)?;
    for warning in video.warnings() {
        output.note(&format!("warning: {warning}"));
    }
    start::run(&args.start, "video", |s3_uri, token| Ok(video.start(s3_uri, token)?), session, output).await
}

fn is_video(job: &AsyncInvoke) -> bool {
    job.model_arn().is_some_and(list::is_video_model)
}

impl CreateArgs {
    fn video(&self, model: &ModelId) -> Result<TextToVideo, Error> {
        let prompt = match &self.prompt {
            Some(prompt) => text("--prompt", prompt)?,
            None => String::new(),
        };
        let mut video = TextToVideo::for_model(model, prompt)?;
        if let Some(path) = &self.first_frame {
            video = video.first_frame(keyframe("--first-frame", path)?);
        }
        if let Some(duration) = &self.duration {
            video = video.duration_seconds(seconds(duration)?)?;
        }
        match video {
            TextToVideo::LumaRay2(luma) => self.luma(luma),
            TextToVideo::NovaReel(nova) => self.nova(nova),
        }
    }

    fn luma(&self, mut luma: LumaRay2) -> Result<TextToVideo, Error> {
        self.refuse(&[("--seed", self.seed.is_some()), ("--shot", !self.shots.is_empty())])?;
        if let Some(path) = &self.last_frame {
            luma = luma.frame1(keyframe("--last-frame", path)?);
        }
        if let Some(ratio) = &self.aspect_ratio {
            luma = luma.aspect_ratio(ratio.parse()?);
        }
        if let Some(resolution) = &self.resolution {
            luma = luma.resolution(resolution.parse()?);
        }
        if self.is_loop {
            luma = luma.looping(true);
        }
        Ok(luma.into())
    }

    fn nova(&self, mut nova: NovaReel) -> Result<TextToVideo, Error> {
        self.refuse(&[
            ("--last-frame", self.last_frame.is_some()),
            ("--aspect-ratio", self.aspect_ratio.is_some()),
            ("--resolution", self.resolution.is_some()),
            ("--loop", self.is_loop),
        ])?;
        if !self.shots.is_empty() {
            nova = nova.shots(self.shots.iter().map(Shot::new));
        }
        if let Some(seed) = self.seed {
            nova = nova.seed(seed);
        }
        Ok(nova.into())
    }

    /// What the model does not know would be ignored, or refused after the upload.
    fn refuse(&self, options: &[(&str, bool)]) -> Result<(), Error> {
        match options.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => {
                Err(invalid(format!("{option}: {} has no such input; leave it out", self.model)))
            }
            None => Ok(()),
        }
    }
}

fn text(option: &str, value: &str) -> Result<String, Error> {
    let bytes = input::read(option, value)?;
    let text =
        std::str::from_utf8(&bytes).map_err(|e| invalid(format!("{option} is no UTF-8 text ({e})")))?;
    // The line end of a file is not part of what the video shows.
    let is_file = value == "-" || value.starts_with('@');
    Ok(if is_file { text.trim_end_matches(['\n', '\r']) } else { text }.to_owned())
}

fn keyframe(option: &str, path: &str) -> Result<Keyframe, Error> {
    Ok(Keyframe::new(&format!("{option} {path}"), input::read_file(option, path)?)?)
}

/// `9` or `9s`.
fn seconds(duration: &str) -> Result<u32, Error> {
    duration
        .strip_suffix('s')
        .unwrap_or(duration)
        .parse()
        .map_err(|_| invalid(format!("--duration {duration:?} is no number of seconds; give one such as 9")))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
