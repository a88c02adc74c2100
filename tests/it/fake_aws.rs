//! A small S3, S3 Control, KMS and STS on 127.0.0.1, for faults that no emulator shows.
//!
//! It holds one good bucket, `acme-exports`, under a KMS key, and knows every other name as a bucket just like it. Each
//! operation can be made to misbehave, for ever or for so many requests; every request is recorded.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use stc_check::snapshot::Operation;

/// The bucket.
pub(crate) const BUCKET: &str = "acme-exports";
/// The account of bucket, key and caller.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The key of its default encryption.
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// What an operation does instead of its duty.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// An error answer with this status, code and message.
    Said(u16, &'static str, &'static str),
    /// An error answer with this status and code, in the service's own form.
    Error(u16, &'static str),
    /// An answer with this status, content type and body.
    Answer(u16, &'static str, String),
    /// The same, in chunks of a few bytes, as S3 sends its errors.
    Chunked(u16, &'static str, String),
    /// An error answer that repeats every header of the request in its message, and the signature in its id.
    Echo(u16, &'static str),
    /// The connection breaks before any answer.
    Reset,
    /// The work is done, then the connection breaks before the answer.
    ResetAfterwards,
    /// No answer comes.
    Silence,
    /// Half of the right answer comes, then the connection breaks.
    Half,
    /// The right answer with this content type.
    ContentType(&'static str),
    /// The right answer, later.
    Late(Duration),
    /// A redirect with this status that names the region in `x-amz-bucket-region`.
    Elsewhere(u16, &'static str),
}

/// One request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The name of an operation of a snapshot: `s3:GetBucketPolicy`.
    pub(crate) operation: String,
    /// `GET`, …
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    /// Whether it came over plain HTTP through a proxy.
    pub(crate) plain: bool,
    /// What followed the headers.
    pub(crate) body: String,
    /// When it had come.
    pub(crate) received: Instant,
    /// When its answer went out.
    pub(crate) answered: Option<Instant>,
}

/// What lies under the probe's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// With the quotes.
    pub(crate) etag: String,
    /// `x-amz-meta-…` without the prefix.
    pub(crate) metadata: HashMap<String, String>,
}

#[derive(Default)]
struct State {
    faults: HashMap<String, (Fault, usize)>,
    /// How many right answers come before the fault.
    spared: HashMap<String, usize>,
    requests: Vec<Request>,
    /// By bucket.
    objects: HashMap<String, Object>,
    uploads: HashMap<String, HashMap<String, String>>,
    written: u32,
    conditional_deletes: bool,
    answers: HashMap<String, String>,
    replaced_after_upload: Option<Object>,
    slowness: Duration,
    refused_owner: Option<String>,
    /// What requests over plain HTTP are answered with.
    plain_fault: Option<Fault>,
    /// Keys beside the probe's, with the time that each was written.
    files: std::collections::BTreeMap<String, String>,
    /// Answers of CloudTrail by what is looked up.
    events: HashMap<String, String>,
}

/// The server; it ends with the test's process.
#[derive(Clone)]
pub(crate) struct FakeAws {
    state: Arc<Mutex<State>>,
    port: u16,
}

impl FakeAws {
    /// Starts one on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State { conditional_deletes: true, ..State::default() }));
        let fake = Self { state, port };
        let server = fake.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        fake
    }

    /// For `--endpoint-url`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes an operation misbehave for ever; `s3:HeadBucket acme-2` on one bucket only.
    pub(crate) fn fail(&self, operation: &str, fault: Fault) {
        self.fail_times(operation, fault, usize::MAX);
    }

    /// Makes an operation misbehave for ever, after so many right answers.
    #[cfg(unix)]
    pub(crate) fn fail_after(&self, operation: &str, right: usize, fault: Fault) {
        self.state().spared.insert(operation.to_owned(), right);
        self.fail(operation, fault);
    }

    /// Makes an operation misbehave so many times.
    pub(crate) fn fail_times(&self, operation: &str, fault: Fault, times: usize) {
        self.state().faults.insert(operation.to_owned(), (fault, times));
    }

    /// Gives an operation's right answer another body.
    pub(crate) fn answer(&self, operation: &str, body: &str) {
        self.state().answers.insert(operation.to_owned(), body.to_owned());
    }

    /// Refuses whoever expects this owner.
    pub(crate) fn refuse_owner(&self, owner: &str) {
        self.state().refused_owner = Some(owner.to_owned());
    }

    /// Answers so to whatever comes over plain HTTP through a proxy.
    pub(crate) fn fail_plain_http(&self, fault: Fault) {
        self.state().plain_fault = Some(fault);
    }

    /// Puts a file into the bucket; the time is RFC 3339.
    pub(crate) fn place_file(&self, key: &str, modified: &str) {
        self.state().files.insert(key.to_owned(), modified.to_owned());
    }

    /// Takes every file away.
    pub(crate) fn clear_files(&self) {
        self.state().files.clear();
    }

    /// What CloudTrail answers to a look-up of this value.
    pub(crate) fn record(&self, value: &str, event: &str) {
        self.state().events.insert(value.to_owned(), event.to_owned());
    }

    /// Holds every answer back for so long.
    pub(crate) fn slow_down(&self, slowness: Duration) {
        self.state().slowness = slowness;
    }

    /// How many requests had to wait for the answer of another, at most, in a row.
    pub(crate) fn rounds(&self) -> usize {
        let mut rounds: Vec<(Option<Instant>, usize)> = Vec::new();
        for request in &self.requests() {
            let before = rounds.iter().filter(|(answered, _)| answered.is_some_and(|at| at <= request.received));
            let round = before.map(|(_, round)| *round).max().unwrap_or(0) + 1;
            rounds.push((request.answered, round));
        }
        rounds.into_iter().map(|(_, round)| round).max().unwrap_or(0)
    }

    /// Puts somebody's object under the probe's key.
    pub(crate) fn place_object(&self, etag: &str, metadata: &[(&str, &str)]) {
        let metadata = metadata.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.state().objects.insert(BUCKET.to_owned(), Object { etag: etag.to_owned(), metadata });
    }

    /// Lets somebody else write the key right after the next upload.
    pub(crate) fn replace_after_upload(&self, etag: &str) {
        self.state().replaced_after_upload = Some(Object { etag: etag.to_owned(), metadata: HashMap::new() });
    }

    /// Refuses `If-Match` on deletes, as LocalStack does.
    pub(crate) fn refuse_conditional_deletes(&self) {
        self.state().conditional_deletes = false;
    }

    /// What lies under the probe's key.
    pub(crate) fn object(&self) -> Option<Object> {
        self.state().objects.get(BUCKET).cloned()
    }

    /// How many buckets have something under the probe's key.
    pub(crate) fn objects(&self) -> usize {
        self.state().objects.len()
    }

    /// How many multipart uploads are unfinished.
    pub(crate) fn open_uploads(&self) -> usize {
        self.state().uploads.len()
    }

    /// Every request so far, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// How often an operation was asked.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.state().requests.iter().filter(|request| request.operation == operation).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked while it held the state")
    }

    fn serve(&self, mut stream: TcpStream) {
        while let Some((request, length)) = peek_request(&stream) {
            let fault = self.next_fault(&request);
            if matches!(fault, Some(Fault::Reset)) {
                self.state().requests.push(request);
                return; // Unread data makes the kernel send a reset.
            }
            let Some(request) = read_request(&mut stream, request, length) else { return };
            let number = {
                let mut state = self.state();
                state.requests.push(request.clone());
                state.requests.len() - 1
            };
            let slowness = self.state().slowness;
            std::thread::sleep(slowness);
            let answer = match &fault {
                Some(Fault::Silence) => {
                    std::thread::sleep(Duration::from_mins(1));
                    return;
                }
                Some(Fault::Error(status, code)) => error_answer(&request, *status, code),
                Some(Fault::Said(status, code, message)) => error_answer_saying(&request, *status, code, message),
                Some(Fault::Echo(status, code)) => {
                    let headers: Vec<String> =
                        request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                    let said = headers.join("; ").replace(['<', '>', '"', '&'], " ");
                    let id = request.headers.get("authorization").map_or("none", String::as_str);
                    error_answer_saying(&request, *status, code, &said).replacen(&format!("FAKE{status}"), id, 1)
                }
                Some(Fault::Answer(status, content_type, body)) => {
                    let body = if request.method == "HEAD" { "" } else { body };
                    answer_text(*status, content_type, &[], body)
                }
                Some(Fault::Chunked(status, content_type, body)) => chunked(*status, content_type, body),
                Some(Fault::Elsewhere(status, region)) => {
                    let body = format!(
                        "<Error><Code>PermanentRedirect</Code><Message>go</Message><Region>{region}</Region></Error>"
                    );
                    let body = if request.method == "HEAD" { "" } else { &body };
                    answer_text(*status, "application/xml", &[("x-amz-bucket-region", region)], body)
                }
                Some(Fault::ContentType(kind)) => {
                    let right = self.right_answer(&request);
                    right.replacen("content-type: application/xml", &format!("content-type: {kind}"), 1)
                }
                Some(Fault::Late(pause)) => {
                    std::thread::sleep(*pause);
                    self.right_answer(&request)
                }
                _ => self.right_answer(&request),
            };
            self.state().requests[number].answered = Some(Instant::now());
            match fault {
                Some(Fault::ResetAfterwards) => return,
                Some(Fault::Half) => {
                    let _ = stream.write_all(&answer.as_bytes()[..answer.len() / 2]);
                    return;
                }
                _ if stream.write_all(answer.as_bytes()).is_err() => return,
                _ => {}
            }
        }
    }

    fn next_fault(&self, request: &Request) -> Option<Fault> {
        let mut state = self.state();
        if let Some(fault) = state.plain_fault.clone().filter(|_| request.plain) {
            return Some(fault);
        }
        let of_bucket = format!("{} {}", request.operation, bucket_of(request));
        let name = if state.faults.contains_key(&of_bucket) { &of_bucket } else { &request.operation };
        let name = name.clone();
        if let Some(spared) = state.spared.get_mut(&name).filter(|spared| **spared > 0) {
            *spared -= 1;
            return None;
        }
        let (fault, times) = state.faults.get_mut(&name)?;
        if *times == 0 {
            return None;
        }
        *times -= 1;
        Some(fault.clone())
    }

    fn right_answer(&self, request: &Request) -> String {
        let mut state = self.state();
        let canned = state.answers.get(&request.operation).cloned();
        let bucket = bucket_of(request);
        let expected = request.headers.get("x-amz-expected-bucket-owner");
        if expected.is_some() && expected == state.refused_owner.as_ref() {
            return error_answer(request, 403, "AccessDenied");
        }
        match request.operation.as_str() {
            "s3:HeadBucket" => answer_text(200, "application/xml", &[("x-amz-bucket-region", "us-east-1")], ""),
            "s3:HeadObject" if state.files.keys().any(|key| decoded(&request.target).contains(&format!("/{key}"))) => {
                let sse =
                    [("x-amz-server-side-encryption", "aws:kms"), ("x-amz-server-side-encryption-aws-kms-key-id", KEY)];
                answer_text(200, "text/csv", &sse, "")
            }
            "s3:HeadObject" => match state.objects.get(&bucket) {
                None => answer_text(404, "application/xml", &[], ""),
                Some(object) => {
                    let metadata: Vec<(String, &str)> = object
                        .metadata
                        .iter()
                        .map(|(name, value)| (format!("x-amz-meta-{name}"), value.as_str()))
                        .collect();
                    let mut headers: Vec<(&str, &str)> =
                        metadata.iter().map(|(name, value)| (name.as_str(), *value)).collect();
                    headers.push(("etag", &object.etag));
                    headers.push(("last-modified", "Mon, 23 Nov 2026 18:00:00 GMT"));
                    answer_text(200, "text/plain", &headers, "")
                }
            },
            "s3:ListObjectsV2" if !state.files.is_empty() => list(&state.files, &request.target),
            "cloudtrail:LookupEvents" => {
                let found = state.events.iter().find(|(value, _)| request.body.contains(value.as_str()));
                let events = found.map_or_else(String::new, |(_, event)| event.clone());
                answer_text(200, "application/x-amz-json-1.1", &[], &format!("{{\"Events\":[{events}]}}"))
            }
            "s3:ListObjectsV2" => {
                let contents = state.objects.get(&bucket).map_or_else(String::new, |object| {
                    format!(
                        "<Contents><Key>_ACCESS_CONFIRMATION</Key><LastModified>2026-11-23T18:00:00.000Z</LastModified><ETag>{}</ETag><Owner><ID>d00d</ID></Owner></Contents>",
                        object.etag
                    )
                });
                xml(&format!("<ListBucketResult><Name>{bucket}</Name>{contents}</ListBucketResult>"))
            }
            "s3:PutObject" => state.put(request),
            "s3:DeleteObject" => state.delete(request),
            "s3:CreateMultipartUpload" => {
                state.written += 1;
                let id = format!("upload-{}", state.written);
                let mut metadata = metadata_of(request);
                let algorithm = request.headers.get("x-amz-checksum-algorithm").cloned().unwrap_or_default();
                metadata.insert("\0algorithm".to_owned(), algorithm);
                state.uploads.insert(id.clone(), metadata);
                xml(&format!(
                    "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            "s3:ListMultipartUploads" => {
                let begun = "<Initiated>2026-11-23T18:00:00.000Z</Initiated>";
                let upload = |id: &String| {
                    format!("<Upload><Key>_ACCESS_CONFIRMATION</Key><UploadId>{id}</UploadId>{begun}</Upload>")
                };
                let uploads: String = state.uploads.keys().map(upload).collect();
                xml(&format!("<ListMultipartUploadsResult>{uploads}</ListMultipartUploadsResult>"))
            }
            "s3:UploadPart" => answer_text(200, "application/xml", &[("etag", "\"part\"")], ""),
            "s3:CompleteMultipartUpload" => {
                let id = query(&request.target, "uploadId").unwrap_or_default();
                match (state.uploads.remove(&id), state.objects.get(&bucket)) {
                    (None, _) => error_answer(request, 404, "NoSuchUpload"),
                    (Some(_), Some(_)) => error_answer(request, 412, "PreconditionFailed"),
                    // S3 takes no checksum of a part where the upload was begun without an algorithm.
                    (Some(metadata), None)
                        if metadata["\0algorithm"].is_empty() && request.body.contains("<Checksum") =>
                    {
                        error_answer(request, 400, "InvalidPart")
                    }
                    (Some(mut metadata), None) => {
                        metadata.remove("\0algorithm");
                        state.objects.insert(bucket, Object { etag: "\"multi-1\"".to_owned(), metadata });
                        xml("<CompleteMultipartUploadResult><ETag>\"multi-1\"</ETag></CompleteMultipartUploadResult>")
                    }
                }
            }
            "s3:AbortMultipartUpload" => {
                state.uploads.remove(&query(&request.target, "uploadId").unwrap_or_default());
                answer_text(204, "application/xml", &[], "")
            }
            operation => match canned.or_else(|| default_answer(operation)) {
                Some(body) => {
                    let kind = if is_json(operation) { "application/x-amz-json-1.1" } else { "application/xml" };
                    answer_text(200, kind, &[], &body.replace(BUCKET, &bucket))
                }
                None => match absent_code(operation) {
                    Some(code) => error_answer(request, 404, code),
                    None => error_answer(request, 501, "NotImplemented"),
                },
            },
        }
    }
}

impl State {
    fn put(&mut self, request: &Request) -> String {
        let bucket = bucket_of(request);
        if self.objects.contains_key(&bucket)
            && request.headers.get("if-none-match").is_some_and(|condition| condition == "*")
        {
            return error_answer(request, 412, "PreconditionFailed");
        }
        self.written += 1;
        let etag = format!("\"put-{}\"", self.written);
        let ours = Object { etag: etag.clone(), metadata: metadata_of(request) };
        let lasting = self.replaced_after_upload.take().unwrap_or(ours);
        self.objects.insert(bucket, lasting);
        answer_text(
            200,
            "application/xml",
            &[
                ("etag", &etag),
                ("x-amz-server-side-encryption", "aws:kms"),
                ("x-amz-server-side-encryption-aws-kms-key-id", KEY),
                ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
            ],
            "",
        )
    }

    fn delete(&mut self, request: &Request) -> String {
        let condition = request.headers.get("if-match");
        let bucket = bucket_of(request);
        match (condition, self.objects.get(&bucket)) {
            (Some(_), _) if !self.conditional_deletes => return error_answer(request, 501, "NotImplemented"),
            (Some(_), None) => return error_answer(request, 404, "NoSuchKey"),
            (Some(etag), Some(object)) if *etag != object.etag => {
                return error_answer(request, 412, "PreconditionFailed");
            }
            _ => {}
        }
        self.objects.remove(&bucket);
        answer_text(204, "application/xml", &[], "")
    }
}

/// A page of at most 1,000 keys and folders, as S3 lists them.
fn list(files: &std::collections::BTreeMap<String, String>, target: &str) -> String {
    let parameter = |name: &str| query(target, name).map(|value| decoded(&value)).unwrap_or_default();
    let (prefix, delimiter) = (parameter("prefix"), parameter("delimiter"));
    let after = [parameter("start-after"), parameter("continuation-token")].into_iter().max().unwrap_or_default();
    let (mut folders, mut contents) = (std::collections::BTreeSet::new(), String::new());
    let (mut count, mut next) = (0, None);
    let begin = (std::ops::Bound::Excluded(after.clone()), std::ops::Bound::Unbounded);
    let later = files.range::<String, _>(begin).skip_while(|(key, _)| **key < prefix);
    for (key, modified) in later.take_while(|(key, _)| key.starts_with(&prefix)) {
        let folder = key[prefix.len()..].find('/').filter(|_| !delimiter.is_empty());
        let folder = folder.map(|end| key[..=prefix.len() + end].to_owned());
        if folder.as_ref().is_some_and(|folder| folders.contains(folder) || after.starts_with(folder.as_str())) {
            continue;
        }
        if count == 1_000 {
            next = Some(after_of(files, key));
            break;
        }
        count += 1;
        match folder {
            Some(folder) => {
                folders.insert(folder);
            }
            None => write!(
                contents,
                "<Contents><Key>{key}</Key><LastModified>{modified}</LastModified><Size>812</Size></Contents>"
            )
            .unwrap(),
        }
    }
    let folders = folders
        .iter()
        .fold(String::new(), |all, folder| all + "<CommonPrefixes><Prefix>" + folder + "</Prefix></CommonPrefixes>");
    let next = next.map_or_else(String::new, |key| {
        format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{key}</NextContinuationToken>")
    });
    xml(&format!("<ListBucketResult>{next}{contents}{folders}</ListBucketResult>"))
}

/// The key before one, from which the next page goes on.
fn after_of(files: &std::collections::BTreeMap<String, String>, key: &str) -> String {
    files.range(..key.to_owned()).next_back().map(|(key, _)| key.clone()).unwrap_or_default()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The bucket that a path names; of other services, ours.
fn bucket_of(request: &Request) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let of_s3 = request.operation.starts_with("s3:") && !first.is_empty();
    if of_s3 { first.to_owned() } else { BUCKET.to_owned() }
}

fn metadata_of(request: &Request) -> HashMap<String, String> {
    request
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("x-amz-meta-")?.to_owned(), value.clone())))
        .collect()
}

/// Reads the head of the next request without taking it off the socket.
fn peek_request(stream: &TcpStream) -> Option<(Request, usize)> {
    let mut buffer = vec![0; 65_536];
    let mut seen = 0;
    loop {
        let count = stream.peek(&mut buffer).ok()?;
        if count == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let request = parse_head(&text[..end])?;
            // STS names its operation in the body.
            if request.operation != "sts:?" || text.contains("Action=") {
                let operation = match text.split_once("Action=") {
                    Some((_, rest)) if request.operation == "sts:?" => format!("sts:{}", rest.split('&').next()?),
                    _ => request.operation.clone(),
                };
                return Some((Request { operation, ..request }, end + 4));
            }
        }
        if count == seen {
            std::thread::sleep(Duration::from_millis(1));
        }
        seen = count;
    }
}

fn parse_head(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    // As proxies get it.
    let plain = target.starts_with("http://");
    let target = match target.strip_prefix("http://").and_then(|rest| rest.split_once('/')) {
        Some((_, path)) => format!("/{path}"),
        None => target,
    };
    // The bucket's name may be a part of the host's.
    let target = match headers.get("host").and_then(|host| bucket_in_host(host)) {
        Some(bucket) if target == "/" || target.starts_with("/?") => format!("/{bucket}{}", &target[1..]),
        Some(bucket) => format!("/{bucket}{target}"),
        None => target,
    };
    let operation = operation_of(&method, &target, &headers);
    let (body, received) = (String::new(), Instant::now());
    Some(Request { operation, method, target, headers, plain, body, received, answered: None })
}

/// The bucket of `acme-exports.s3.us-east-1.amazonaws.com` and its kin.
fn bucket_in_host(host: &str) -> Option<&str> {
    let (bucket, rest) = host.split_once(".s3")?;
    [".", "-fips."].iter().any(|start| rest.starts_with(start)).then_some(bucket)
}

fn read_request(stream: &mut TcpStream, mut request: Request, head: usize) -> Option<Request> {
    stream.read_exact(&mut vec![0; head]).ok()?;
    if request.headers.get("expect").is_some_and(|expect| expect == "100-continue") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let length = request.headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

fn query(target: &str, name: &str) -> Option<String> {
    let (_, query) = target.split_once('?')?;
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| value.to_owned())
    })
}

fn operation_of(method: &str, target: &str, headers: &HashMap<String, String>) -> String {
    if let Some(target) = headers.get("x-amz-target") {
        let service = match target.split('.').next().unwrap_or_default() {
            "TrentService" => "kms",
            "AWSOrganizationsV20161128" => "organizations",
            _ => "cloudtrail",
        };
        return format!("{service}:{}", target.rsplit('.').next().unwrap_or_default());
    }
    if target.starts_with("/v20180820/") {
        return "s3control:GetPublicAccessBlock".to_owned();
    }
    let path = target.split('?').next().unwrap_or_default();
    if method == "POST" && path == "/" {
        return "sts:?".to_owned();
    }
    let has = |name: &str| query(target, name).is_some();
    let of_object = path.trim_matches('/').contains('/');
    let name = match (method, of_object) {
        ("HEAD", false) => "HeadBucket",
        ("HEAD", true) => "HeadObject",
        ("PUT", _) if has("partNumber") => "UploadPart",
        ("PUT", _) => "PutObject",
        ("POST", _) if has("uploads") => "CreateMultipartUpload",
        ("POST", _) => "CompleteMultipartUpload",
        ("DELETE", _) if has("uploadId") => "AbortMultipartUpload",
        ("DELETE", _) => "DeleteObject",
        _ => GETS.iter().find(|(key, _)| has(key)).map_or("Unknown", |(_, name)| name),
    };
    format!("s3:{name}")
}

const GETS: [(&str, &str); 15] = [
    ("versions", "ListObjectVersions"),
    ("uploads", "ListMultipartUploads"),
    ("policyStatus", "GetBucketPolicyStatus"),
    ("policy", "GetBucketPolicy"),
    ("publicAccessBlock", "GetPublicAccessBlock"),
    ("encryption", "GetBucketEncryption"),
    ("ownershipControls", "GetBucketOwnershipControls"),
    ("acl", "GetBucketAcl"),
    ("versioning", "GetBucketVersioning"),
    ("object-lock", "GetObjectLockConfiguration"),
    ("requestPayment", "GetBucketRequestPayment"),
    ("abac", "GetBucketAbac"),
    ("tagging", "GetBucketTagging"),
    ("location", "GetBucketLocation"),
    ("list-type", "ListObjectsV2"),
];

fn absent_code(operation: &str) -> Option<&'static str> {
    Operation::READS.iter().find(|read| read.name() == operation)?.absent_codes().first().copied()
}

/// The policy of the vendor's joint sample, for [`BUCKET`].
pub(crate) fn good_policy() -> String {
    let both = format!(r#"["arn:aws:s3:::{BUCKET}", "arn:aws:s3:::{BUCKET}/*"]"#);
    let role = "arn:aws:iam::099647660399:role/sc-event-stream-production";
    format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Sid":"list","Effect":"Allow","Principal":{{"AWS":"{role}"}},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::{BUCKET}"}},
            {{"Sid":"write","Effect":"Allow","Principal":{{"AWS":"{role}"}},"Action":["s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::{BUCKET}/*"}},
            {{"Sid":"tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":{both},"Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}
        ]}}"#
    )
}

/// The vendor's key-policy statement beside the owner's own.
pub(crate) fn good_key_policy() -> String {
    let role = "arn:aws:iam::099647660399:role/sc-event-stream-production";
    format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Sid":"owner","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":"kms:*","Resource":"*"}},
            {{"Sid":"vendor","Effect":"Allow","Principal":{{"AWS":"{role}"}},"Action":["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey*","kms:ReEncrypt*"],"Resource":"*"}}
        ]}}"#
    )
}

fn default_answer(operation: &str) -> Option<String> {
    let block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    Some(match operation {
        "s3:GetBucketPolicy" => good_policy(),
        "s3:GetBucketPolicyStatus" => "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>".to_owned(),
        "s3:GetPublicAccessBlock" => block.to_owned(),
        "s3:GetBucketEncryption" => format!(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{KEY}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
        ),
        "s3:GetBucketOwnershipControls" => {
            "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>".to_owned()
        }
        "s3:GetBucketAcl" => {
            r#"<AccessControlPolicy><Owner><ID>c0ffee</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>c0ffee</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"#.to_owned()
        }
        "s3:GetBucketVersioning" => "<VersioningConfiguration/>".to_owned(),
        "s3:GetBucketRequestPayment" => {
            "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>".to_owned()
        }
        "s3:GetBucketAbac" => "<AbacStatus><Status>Disabled</Status></AbacStatus>".to_owned(),
        "s3:GetBucketLocation" => "<LocationConstraint/>".to_owned(),
        "sts:GetCallerIdentity" => format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/owner</Arn><UserId>AIDAEXAMPLE</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
        "sts:AssumeRole" => "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>".to_owned(),
        "kms:DescribeKey" => format!(
            r#"{{"KeyMetadata":{{"AWSAccountId":"{ACCOUNT}","KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Arn":"{KEY}","Enabled":true,"KeyState":"Enabled","KeyUsage":"ENCRYPT_DECRYPT","KeySpec":"SYMMETRIC_DEFAULT","KeyManager":"CUSTOMER","Origin":"AWS_KMS","MultiRegion":false}}}}"#
        ),
        "kms:GetKeyPolicy" => serde_json::json!({"Policy": good_key_policy(), "PolicyName": "default"}).to_string(),
        "kms:GetKeyLastUsage" => "{}".to_owned(),
        "organizations:DescribeOrganization" => {
            r#"{"Organization":{"Id":"o-a1b2c3d4e5","MasterAccountId":"444455556666"}}"#.to_owned()
        }
        "s3:ListObjectVersions" => "<ListVersionsResult/>".to_owned(),
        "kms:ListGrants" => r#"{"Grants":[],"Truncated":false}"#.to_owned(),
        _ => return None,
    })
}

/// Whether an operation is one of a service that answers in JSON.
fn is_json(operation: &str) -> bool {
    ["kms:", "organizations:", "cloudtrail:"].iter().any(|service| operation.starts_with(service))
}

fn xml(body: &str) -> String {
    answer_text(200, "application/xml", &[], body)
}

fn error_answer(request: &Request, status: u16, code: &str) -> String {
    error_answer_saying(request, status, code, &format!("the fake says {code}"))
}

fn error_answer_saying(request: &Request, status: u16, code: &str, message: &str) -> String {
    let operation = &request.operation;
    let (kind, body) = if request.method == "HEAD" {
        ("application/xml", String::new())
    } else if is_json(operation) {
        ("application/x-amz-json-1.1", format!(r#"{{"__type":"{code}","message":"{message}"}}"#))
    } else if operation.starts_with("sts:") || operation.starts_with("s3control:") {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        ("text/xml", format!("<ErrorResponse>{error}</ErrorResponse>"))
    } else {
        ("application/xml", format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
    };
    answer_text(status, kind, &[], &body)
}

/// An answer whose length is not said beforehand; HEAD has the headers alone.
fn chunked(status: u16, content_type: &str, body: &str) -> String {
    let mut answer = format!(
        "HTTP/1.1 {status} Fake\r\ncontent-type: {content_type}\r\nx-amz-request-id: FAKE{status}\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    for part in body.as_bytes().chunks(37) {
        let _ = write!(answer, "{:x}\r\n{}\r\n", part.len(), std::str::from_utf8(part).expect("ASCII"));
    }
    answer.push_str("0\r\n\r\n");
    answer
}

fn answer_text(status: u16, content_type: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut answer =
        format!("HTTP/1.1 {status} Fake\r\ncontent-type: {content_type}\r\nx-amz-request-id: FAKE{status}\r\n");
    for (name, value) in headers {
        let _ = write!(answer, "{name}: {value}\r\n");
    }
    if status != 204 {
        let _ = write!(answer, "content-length: {}\r\n", body.len());
    }
    answer.push_str("\r\n");
    answer.push_str(body);
    answer
}
