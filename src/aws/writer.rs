//! Who uploads and deletes the probe: the caller, or a role that is assumed for it.

use aws_credential_types::Credentials;

use super::client::Clients;
use super::failure::malformed;
use super::object::{Place, TOOL};
use super::probe::{Prober, new_run_id};
use super::reader::Reader;
use crate::snapshot::{Operation, ReadFailure};

/// Seconds; AWS gives no shorter ones.
const SHORTEST_SESSION: i32 = 900;

/// Who uploads and deletes.
pub(super) struct Writer(Clients);

/// Assumes the role of `--probe-role-arn`, where one was given.
pub(super) async fn writer(reader: &Reader<'_>) -> Result<Writer, ReadFailure> {
    let asked = reader.settings.probe.as_ref().and_then(|probe| Some((probe.role_arn.as_deref()?, probe)));
    let Some((role, probe)) = asked else { return Ok(Writer(reader.clients.clone())) };
    let sts = reader.clients.sts();
    let call = sts
        .assume_role()
        .role_arn(role)
        .role_session_name(TOOL)
        .set_external_id(probe.external_id.clone())
        .duration_seconds(SHORTEST_SESSION);
    let answer = reader.session.ask(Operation::AssumeRole, call.send()).await?;
    let credentials =
        answer.credentials.ok_or_else(|| malformed(Operation::AssumeRole, "the answer holds no credentials"))?;
    let credentials = Credentials::new(
        credentials.access_key_id,
        credentials.secret_access_key,
        Some(credentials.session_token),
        None,
        "AssumeRole",
    );
    let clients = reader.clients.signing_with(credentials);
    reader.session.run().hide(clients.secrets());
    Ok(Writer(clients))
}

impl Writer {
    pub(super) fn prober<'a>(&self, reader: &Reader<'a>, region: &'a str, owner: Option<&'a str>) -> Prober<'a> {
        let settings = reader.settings;
        Prober {
            place: Place { session: reader.session, bucket: settings.bucket.as_str(), owner },
            writer: self.0.s3(region),
            reader: reader.clients.s3(region),
            run_id: new_run_id(),
            looks_first: reader.clients.s3_override.is_some(),
            // LocalStack answers 501 to `If-Match` on a delete; knowing it saves the rounds that would find out.
            unconditional: reader.clients.is_localstack(),
            settings,
            region,
        }
    }
}
