//! FAQ 1, data in transit: what the requests of this very run went over.

use super::bucket::head;
use super::refusals::{quoted, refusal, unreadable};
use super::tls_only::{deny_plain_http, missing};
use super::writer::vendor_may_over_plain_http;
use super::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict, required};
use crate::policy::Tri;
use crate::refusal::Cause;
use crate::report::{Basis, CheckId};
use crate::snapshot::observations::{PlainHttp, Step};
use crate::snapshot::{Operation, ReadFailure};

/// `transport.tls`.
pub(crate) static TLS: Check = Check {
    id: CheckId::TransportTls,
    headlines: Headlines::Sentences {
        pass: "Your bucket answers over TLS",
        fail: "Your bucket does not answer over TLS",
        unknown: "Does your bucket answer over TLS?",
    },
    group: Group::Faq(1),
    needs: &[Operation::HeadBucket],
    need: required,
    repair: None,
    judge: tls,
    explain: Explanation {
        what: "Looks at the endpoint that received the requests of this run, including the test upload. It passes \
               when S3 answered over HTTPS, and is skipped under an `http://` endpoint override and when a stored \
               snapshot is judged.",
        why: "Sailthru sends its data over TLS only. An answer over HTTPS shows that the bucket can be reached that \
              way, with a valid certificate.",
        example: "SSL validation failed for https://acme-exports.s3.us-east-1.amazonaws.com/: certificate verify \
                  failed (a proxy that opens TLS, or a trust store that is out of date)",
        fix: "Run the check without --endpoint-url, or with one that begins with https://. Where a proxy opens TLS, \
              name its certificate authority in AWS_CA_BUNDLE or leave S3 out of the proxy.",
        sources: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingEncryptionInTransit.html"],
    },
};

/// `transport.http-denied`.
pub(crate) static HTTP_DENIED: Check = Check {
    id: CheckId::TransportHttpDenied,
    headlines: Headlines::Sentences {
        pass: "S3 rejects plain HTTP requests to your bucket",
        fail: "S3 accepts plain HTTP requests to your bucket",
        unknown: "Does S3 reject plain HTTP requests to your bucket?",
    },
    group: Group::Faq(1),
    needs: &[Operation::HeadBucket],
    need: |variant| variant.deny_plain_http,
    repair: None,
    judge: http_denied,
    explain: Explanation {
        what: "Sends one signed request without any payload over plain HTTP, and the same over HTTPS. It passes when a policy of the bucket or its organization refuses the first and S3 answers the second, unless the bucket policy lets Sailthru's plain request through. Skipped where the endpoint is overridden, with --no-plain-http, and when a stored snapshot is \
               judged.",
        why: "S3 still listens on port 80. Only a Deny with `aws:SecureTransport` in the bucket policy keeps data and \
              file names from crossing the network unencrypted. Sailthru's joint policy has that Deny; it is \
              recommended for the other variants.",
        example: "`aws s3api list-objects-v2 --bucket acme-exports --max-keys 1 --endpoint-url \
                  http://s3.us-east-1.amazonaws.com` answers with the bucket's keys instead of AccessDenied.",
        fix: "Add a Deny of `s3:*` for Principal `*` on the bucket and on its objects under the condition `Bool \
              aws:SecureTransport false`.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport",
        ],
    },
};

fn tls(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let live = case.live()?;
    if let Some(endpoint) = &live.endpoint_override
        && !endpoint.to_ascii_lowercase().starts_with("https://")
    {
        return Ok(Verdict::skip("the endpoint that was given has no TLS").with("endpoint", endpoint.as_str()));
    }
    head(case)?;
    let verdict = Verdict::pass(
        Basis::Live,
        "S3 answered over HTTPS with a valid certificate, the only way Sailthru sends data.",
    );
    Ok(match &live.endpoint_override {
        Some(endpoint) => verdict.with("endpoint", endpoint.as_str()),
        None => verdict,
    })
}

fn http_denied(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let live = case.live()?;
    if let Some(endpoint) = &live.endpoint_override {
        return Ok(Verdict::skip("plain HTTP is tried on AWS's own endpoints only").with("endpoint", endpoint.as_str()));
    }
    let PlainHttp { plain, tls } = match &live.plain_http {
        Step::NotTried(reason) => {
            head(case)?;
            case.region()?;
            return Ok(Verdict::skip(format!("not tried: {reason}")));
        }
        Step::Failed(failure) => return Err(Undecided::Unreadable(failure.clone())),
        Step::Done(requests) => requests,
    };
    // Where the bucket itself did not answer, nothing that looks like a refusal is one.
    head(case)?;
    Ok(match plain {
        Ok(()) => {
            let message = "S3 answered a signed request over plain HTTP: nothing in the bucket policy stops data from \
                           crossing the network unencrypted.";
            let_through(case, message)
        }
        Err(plain) => refused(case, plain, tls.as_ref().err()).with_error(plain),
    })
}

/// What a refused plain request shows: only a refusal that binds Sailthru too, and that TLS makes the difference to.
fn refused(case: &Case<'_>, plain: &ReadFailure, tls: Option<&ReadFailure>) -> Verdict {
    let refusal = refusal(case, plain);
    if !matches!(refusal.cause, Cause::BucketPolicy | Cause::ResourceControlPolicy | Cause::Bare) {
        let said = unreadable(case, plain);
        return Verdict::unknown(format!("Over plain HTTP {said}. This does not show what Sailthru would get"));
    }
    if let Some(tls) = tls {
        return Verdict::unknown(format!(
            "A request over plain HTTP was refused ({}), but so was the same request over TLS: {}",
            quoted(&refusal, plain),
            unreadable(case, tls)
        ));
    }
    if vendor_may_over_plain_http(case) == Tri::True {
        let message = "S3 refused your request over plain HTTP, but the bucket policy lets Sailthru's through: nothing \
                       stops its data from crossing the network unencrypted.";
        return let_through(case, message);
    }
    Verdict::pass(Basis::Live, "S3 refused a signed request over plain HTTP and answered the same request over TLS.")
}

fn let_through(case: &Case<'_>, message: &str) -> Verdict {
    Verdict::broken(missing(case), Basis::Live, message, deny_plain_http(case))
}
