//! Images, documents, videos, sound.

use super::*;
use crate::gateway::image_fetch::Images;

#[test]
fn files_are_read_where_they_are() {
    let png = format!("data:image/jpg;base64,{PNG}");
    for (part, expected) in [
        (
            json!({ "type": "image_url", "image_url": { "url": png, "detail": "low" } }),
            "Image { format: None",
        ),
        (json!({ "type": "image_url", "image_url": png }), "Image { format: None"),
        (
            json!({ "type": "image_url", "image_url": { "url": "s3://bucket/a.JPG" } }),
            "Image { format: Some(Jpeg)",
        ),
        (
            json!({ "type": "image_url", "image_url": { "url": "data:application/pdf;base64,JVBERi0=" } }),
            "Pdf, name: \"document-1\"",
        ),
        (
            json!({ "type": "file", "file": { "file_data": "data:application/pdf;base64,JVBERi0=", "filename": "My_Bill!.pdf" } }),
            "Pdf, name: \"My-Bill-\"",
        ),
        (json!({ "type": "file", "file": { "file_data": "YSxi", "filename": "t.csv" } }), "Csv, name: \"t\""),
        (json!({ "type": "file", "file": { "file_data": "JVBERi0xLg==" } }), "Pdf, name: \"document-1\""),
        (
            json!({ "type": "file", "file": { "file_data": format!("data:;base64,{PNG}") } }),
            "Image { format: None",
        ),
        (
            json!({ "type": "file", "file": { "file_data": "data:text/plain,a%20b" } }),
            "Txt, name: \"document-1\"",
        ),
        (
            json!({ "type": "file", "file": { "file_id": "s3://bucket/x.docx" } }),
            "Docx, name: \"document-1\"",
        ),
        // Base64 without padding, with line breaks, in the alphabet of URLs.
        (
            json!({ "type": "image_url", "image_url": { "url": "DATA:image/gif;base64,R0lGODlh PwA\n/Aw" } }),
            r"GIF89a?\0?\x03",
        ),
        (
            json!({ "type": "image_url", "image_url": { "url": "data:image/gif;base64,R0lGODlhPz8_" } }),
            "GIF89a???",
        ),
        (json!({ "type": "video_url", "video_url": { "url": "s3://bucket/x.mov" } }), "Video { format: Mov"),
        (
            json!({ "type": "video_url", "video_url": { "url": "data:video/mp4;base64,AAAA" } }),
            "Video { format: Mp4",
        ),
        (
            json!({ "type": "input_audio", "input_audio": { "data": "AAAA", "format": "wav" } }),
            "Audio { format: Wav",
        ),
    ] {
        let said = said(&json!([{ "role": "user", "content": [part] }]));
        assert!(said[0].contains(expected), "{part}: {said:?}");
    }
    let image = |url: &str| json!({ "type": "image_url", "image_url": { "url": url } });
    let file = |file: Value| json!({ "type": "file", "file": file });
    for (part, param, problem) in [
        (image("data:image/png;base64,SGVsbG8="), "image_url.url", "is no image by its first bytes"),
        (
            image("data:image/gif;base64,R0lGODlhKCMQAA=="),
            "image_url.url",
            "is 9000 x 16 pixels; give at most",
        ),
        (image("data:image/png;base64,!"), "image_url.url", "is no base64"),
        (image("data:image/png;base64,"), "image_url.url", "has no data"),
        (image("data:image/png;base64"), "image_url.url", "without a comma"),
        (image("data:application/zip;base64,AAAA"), "image_url.url", "is of no type that Bedrock takes"),
        (image("https://example.com/a.png"), "image_url.url", "--fetch-images"),
        (image("file:///etc/passwd"), "image_url.url", "must be a data: URL"),
        (image("s3://bucket/a.tiff"), "image_url.url", "tells no type"),
        (image("s3://B/a.png"), "image_url.url", "is no S3 URI"),
        (json!({ "type": "image_url", "image_url": {} }), "image_url.url", "is missing"),
        (json!({ "type": "image_url", "image_url": { "url": 7 } }), "image_url.url", "must be a string"),
        (file(json!({ "file_id": "file-1" })), "file.file_id", "give file_data"),
        (file(json!({})), "file", "has no file_data"),
        (
            json!({ "type": "input_audio", "input_audio": { "data": "AAAA", "format": "midi" } }),
            "input_audio.format",
            "is no format",
        ),
        (json!({ "type": "input_image" }), "type", "does not belong here"),
    ] {
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": [part] }] });
        let (message, field) = refused(&body);
        assert_eq!(field, format!("messages[0].content[0].{param}"), "{message}");
        assert!(message.contains(problem), "{message}");
    }
    let large = format!("data:image/gif;base64,R0lGODlh{}", "A".repeat(5_242_880));
    let (message, _) =
        refused(&json!({ "model": "m", "messages": [{ "role": "user", "content": [image(&large)] }] }));
    assert!(message.ends_with("has 3932166 bytes; give at most 3932160"), "{message}");
}

#[test]
fn images_by_url_are_fetched_where_that_is_allowed() {
    let options = ReadOptions { fetch_images: true, ..ReadOptions::default() };
    let part = json!({ "type": "image_url", "image_url": { "url": "https://a.example/i.png" } });
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": [{ "type": "text", "text": "?" }, part] }] });
    let body = Bytes::from(body.to_string());
    let before = ChatCompletion::read_with(&body, &options, &Images::new()).unwrap();
    assert_eq!(before.image_urls[0].url, "https://a.example/i.png");
    assert_eq!(before.image_urls[0].field, "messages[0].content[1].image_url.url");
    let gif = Bytes::from_static(b"GIF89a");
    let images = [("https://a.example/i.png".to_owned(), gif)].into();
    let after = ChatCompletion::read_with(&body, &options, &images).unwrap();
    assert!(after.image_urls.is_empty());
    assert!(shown(&after.request.chat.messages[0].blocks).contains("GIF89a"));
    let many: Vec<Value> = (0..21)
        .map(|place| json!({ "type": "image_url", "image_url": { "url": format!("http://a.example/{place}") } }))
        .collect();
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": many }] });
    let (_, field) = named(&read_with(&options, &body).unwrap_err());
    assert_eq!(field, "messages[0].content[20].image_url.url");
}

#[test]
fn a_tool_answers_with_files_and_json() {
    let content = json!([
        { "type": "text", "text": "{\"b\":1}" },
        { "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{PNG}") } },
        { "type": "file", "file": { "file_data": "YQ==", "filename": "a.txt" } },
        { "type": "text", "text": "" },
    ]);
    let said = said(&json!([
        { "role": "user", "content": "a" },
        { "role": "assistant", "tool_calls": [call("1", "f", "{}")] },
        { "role": "tool", "tool_call_id": "1", "content": content },
    ]));
    assert_eq!(said[2], r#"user: 1 -> {"b":1} image document"#);
}
