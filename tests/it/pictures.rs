//! The README's pictures: what the program prints in colour, as it prints it today.

use std::path::Path;
use std::process::Command;

use anstyle::{Color, RgbColor};
use anstyle_svg::{Palette, Term};

use super::judge::fixture::named;

/// A picture, the fixture that it shows, the file name that a reader sees, further arguments, the exit code.
const PICTURES: [(&str, &str, &str, &str, i32); 3] = [
    ("good", "joint", "acme-exports.json", "", 0),
    ("bad", "policy-for-our-endpoint-only", "endpoint-only.json", "--only policy.put-object", 1),
    ("unknown", "policy-for-some-addresses", "some-addresses.json", "--only policy.put-object", 3),
];

const TEXT: RgbColor = RgbColor(0xe6, 0xe8, 0xea);
const GROUND: RgbColor = RgbColor(0x16, 0x19, 0x1d);
const GREY: RgbColor = RgbColor(0x8b, 0x94, 0x9e);
const RED: RgbColor = RgbColor(0xff, 0x7b, 0x72);
const GREEN: RgbColor = RgbColor(0x5f, 0xd3, 0x78);
const YELLOW: RgbColor = RgbColor(0xe9, 0xb8, 0x4a);
const BLUE: RgbColor = RgbColor(0x79, 0xb8, 0xff);
const PURPLE: RgbColor = RgbColor(0xcf, 0xae, 0xff);
const CYAN: RgbColor = RgbColor(0x6c, 0xd0, 0xe0);

/// The colours of a dark terminal, in the order of ANSI, once plain and once bright.
const PALETTE: Palette =
    Palette([GROUND, RED, GREEN, YELLOW, BLUE, PURPLE, CYAN, TEXT, GREY, RED, GREEN, YELLOW, BLUE, PURPLE, CYAN, TEXT]);

/// A screen as a picture, its dim text light enough to be read.
fn draw(screen: &str) -> String {
    let term = Term::new().palette(PALETTE).fg_color(Color::Rgb(TEXT)).bg_color(Color::Rgb(GROUND));
    term.render_svg(screen).replace("opacity: 0.4", "opacity: 0.75")
}

#[test]
fn the_pictures_are_of_what_is_printed() {
    let mut stale = Vec::new();
    for (picture, fixture, file, arguments, exit) in PICTURES {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(file), named(fixture).document.to_string()).unwrap();
        let arguments = format!("--snapshot {file} {arguments}").trim_end().to_owned();
        let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
            .args(arguments.split(' '))
            .args(["--color", "always"])
            .env_clear()
            .envs([("LC_ALL", "C.UTF-8"), ("COLUMNS", "100")])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", String::from_utf8_lossy(&output.stderr));
        let screen =
            format!("\u{1b}[1m$ stc-check {arguments}\u{1b}[0m\n{}", String::from_utf8(output.stdout).unwrap());
        let drawn = draw(&screen);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/pictures/{picture}.svg"));
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(&path, drawn).unwrap();
        } else if std::fs::read_to_string(&path).ok() != Some(drawn) {
            stale.push(picture);
        }
    }
    assert!(stale.is_empty(), "docs/pictures is not what is printed ({stale:?}): run with INSTA_UPDATE=always");
}
