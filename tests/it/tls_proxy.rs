//! A proxy on 127.0.0.1 that answers in the place of every host: what comes over TLS is handed to the fake AWS in the clear.
//!
//! So the program goes to AWS's own host names, with its own rules for them, and nothing leaves this machine.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::fake_aws::FakeAws;

/// How long one side is listened to before the other has its turn.
const TURN: Duration = Duration::from_millis(2);

type Authority = CertifiedIssuer<'static, KeyPair>;

/// The proxy; it ends with the test's process.
pub(crate) struct TlsProxy {
    url: String,
    folder: tempfile::TempDir,
}

impl TlsProxy {
    /// Starts one in front of a fake AWS.
    pub(crate) fn start(fake: &FakeAws) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority: Arc<Authority> = Arc::new(CertifiedIssuer::self_signed(parameters, key).expect("a certificate"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("authority.pem"), authority.pem()).expect("written");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let behind = fake.url().trim_start_matches("http://").to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (authority, behind) = (Arc::clone(&authority), behind.clone());
                std::thread::spawn(move || {
                    let server = TcpStream::connect(behind).expect("the fake listens");
                    match tunnelled_host(&client) {
                        Some(host) => through_tls(&authority, &host, client, server),
                        None => hand_on(client, server),
                    }
                });
            }
        });
        Self { url, folder }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Sends a program through it.
    pub(crate) fn lead(&self, command: &mut Command) {
        command
            .env("HTTPS_PROXY", &self.url)
            .env("HTTP_PROXY", &self.url)
            .env("AWS_CA_BUNDLE", self.authority())
            .env("AWS_REGION", "us-east-1");
    }
}

/// The host of `CONNECT host:443`, answered; none for a plain request, which is left as it is.
fn tunnelled_host(mut client: &TcpStream) -> Option<String> {
    let mut buffer = vec![0; 8_192];
    let head = loop {
        let count = client.peek(&mut buffer).ok()?;
        let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
        if count == 0 || text.contains("\r\n\r\n") {
            break text;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let host = head.strip_prefix("CONNECT ")?.split(':').next()?.to_owned();
    client.read_exact(&mut vec![0; head.find("\r\n\r\n")? + 4]).ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    Some(host)
}

fn through_tls(authority: &Authority, host: &str, client: TcpStream, mut server: TcpStream) {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec![host.to_owned()]).expect("a host name");
    let certificate = parameters.signed_by(&key, authority).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a key that fits");
    client.set_read_timeout(Some(TURN)).expect("a time limit");
    server.set_read_timeout(Some(TURN)).expect("a time limit");
    let mut client = StreamOwned::new(ServerConnection::new(Arc::new(config)).expect("a connection"), client);
    while pass_on(&mut client, &mut server) && pass_on(&mut server, &mut client) {}
    let _ = server.shutdown(Shutdown::Both);
    client.conn.send_close_notify();
    let _ = client.flush();
}

/// Hands on what has come; false once there will be no more.
fn pass_on(from: &mut impl Read, to: &mut impl Write) -> bool {
    let mut buffer = [0; 16_384];
    match from.read(&mut buffer) {
        Ok(0) => false,
        Ok(count) => to.write_all(&buffer[..count]).and_then(|()| to.flush()).is_ok(),
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

fn hand_on(client: TcpStream, server: TcpStream) {
    let (Ok(mut back), Ok(mut answers)) = (client.try_clone(), server.try_clone()) else { return };
    std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
    let (mut client, mut server) = (client, server);
    let _ = std::io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Write);
}
