//! Who uploads and deletes the probe: the caller, or a role that is assumed for it.

use aws_credential_types::Credentials;

use super::client::Clients;
use super::failure::malformed;
use super::object::TOOL;
use super::reader::Reader;
use crate::snapshot::{Operation, ReadFailure};

/// Seconds; AWS gives no shorter ones.
const SHORTEST_SESSION: i32 = 900;

/// Assumes the role of `--probe-role-arn`, where one was given.
pub(super) async fn writer(reader: &Reader<'_>) -> Result<Clients, ReadFailure> {
    let asked = reader.settings.probe.as_ref().and_then(|probe| Some((probe.role_arn.as_deref()?, probe)));
    let Some((role, probe)) = asked else { return Ok(reader.clients.clone()) };
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
    Ok(clients)
}
