//! Pictures of articles, drawn by rule from a name such as `gloves-12`: what is drawn, and its variant. No file, no request outside.
//! Never prints anything of the name.

use std::fmt::Write;

/// A picture for any name: a motif on a tinted tile, coloured by the variant; a motif that is not known gets a box.
///
/// Variants 0 to 15 are the [`INKS`], so that a catalogue can show a blue article in blue; further ones begin again on another tile.
pub fn svg(name: &str) -> String {
    let (motif, variant) = split(name);
    let motif = MOTIFS.iter().find(|known| known.name == motif).unwrap_or(&BOX);
    let ink = INKS[variant % INKS.len()];
    let mut out = String::with_capacity(2048);
    out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\" width=\"320\" height=\"320\">");
    backdrop(&mut out, ink, variant / INKS.len());
    let turned = motif.turn != 0;
    if turned {
        put(&mut out, format_args!("<g transform=\"rotate({} 32 32)\">", motif.turn));
    }
    for (pen, path) in motif.shapes {
        shape(&mut out, ink, *pen, path);
    }
    if turned {
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to memory does not fail");
}

/// Motif and variant of a name. A name without a number, or with one too long to be meant, is variant 7.
fn split(name: &str) -> (&str, usize) {
    const PLAIN: usize = 7;
    match name.rsplit_once('-') {
        Some((motif, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => (motif, number.parse().unwrap_or(PLAIN)),
        _ => (name, PLAIN),
    }
}

/// A colour that a variant stands for: hue in degrees, saturation and lightness in percent, lightness of the tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ink {
    hue: u32,
    saturation: u32,
    lightness: u32,
    tile: u32,
}

const fn ink(hue: u32, saturation: u32, lightness: u32, tile: u32) -> Ink {
    Ink { hue, saturation, lightness, tile }
}

/// Red, orange, yellow, lime, green, teal, sky, blue, indigo, purple, magenta, pink, grey, black, beige, white.
const INKS: [Ink; 16] = [
    ink(356, 62, 56, 92),
    ink(22, 78, 57, 92),
    ink(44, 84, 55, 91),
    ink(82, 48, 48, 91),
    ink(146, 42, 42, 91),
    ink(176, 52, 38, 90),
    ink(196, 62, 50, 92),
    ink(212, 58, 54, 92),
    ink(232, 44, 52, 93),
    ink(268, 42, 56, 93),
    ink(306, 40, 52, 93),
    ink(338, 60, 64, 93),
    ink(214, 9, 58, 92),
    ink(220, 13, 30, 90),
    ink(34, 38, 66, 91),
    ink(208, 18, 95, 78),
];

/// How a shape is filled or drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pen {
    Main,
    Dark,
    /// Between main and the tile.
    Tint,
    Light,
    /// A second colour that stands out beside the main one.
    Accent,
    Steel,
    Wood,
    Leaf,
    Line,
    ThinLine,
    LightLine,
    MainLine,
    SteelLine,
    WoodLine,
}

use Pen::{Accent, Dark, Leaf, Light, LightLine, Line, Main, MainLine, Steel, SteelLine, ThinLine, Tint, Wood, WoodLine};

fn hsl(hue: u32, saturation: u32, lightness: u32) -> String {
    format!("hsl({},{saturation}%,{lightness}%)", hue % 360)
}

fn colour(ink: Ink, pen: Pen) -> String {
    let Ink { hue, saturation, lightness, .. } = ink;
    match pen {
        Main | MainLine => hsl(hue, saturation, lightness),
        Dark | Line | ThinLine => hsl(hue, saturation * 7 / 10, (lightness / 2).clamp(16, 40)),
        Tint => hsl(hue, saturation * 8 / 10, (lightness + (100 - lightness) / 2).min(86)),
        Light | LightLine => hsl(hue, 30, 99),
        // Amber, but beside red to lime a teal.
        Accent if (15..100).contains(&hue) => hsl(176, 48, 40),
        Accent => hsl(40, 88, 60),
        Steel | SteelLine => hsl(hue, 8, 66),
        Wood | WoodLine => hsl(28, 42, 58),
        Leaf => hsl(128, 36, 46),
    }
}

/// The tile, a figure on it that differs by `row`, and the floor.
fn backdrop(out: &mut String, ink: Ink, row: usize) {
    let saturation = ink.saturation.min(46);
    let (tile, figure) = (hsl(ink.hue, saturation, ink.tile), hsl(ink.hue, saturation, (ink.tile + 4).min(97)));
    let path = match row % 4 {
        0 => "M6 30a26 26 0 1 0 52 0a26 26 0 1 0-52 0z",
        1 => "M0 34L34 0h20L0 54zM64 30L30 64H10L64 10z",
        2 => "M0 40q16-10 32 0t32 0v18a6 6 0 0 1-6 6H6a6 6 0 0 1-6-6z",
        _ => "M32 2l30 30-30 30L2 32z",
    };
    put(out, format_args!("<rect width=\"64\" height=\"64\" rx=\"6\" fill=\"{tile}\"/><path fill=\"{figure}\" d=\"{path}\"/>"));
    let floor = hsl(ink.hue, saturation, ink.tile - 10);
    put(out, format_args!("<path fill=\"{floor}\" d=\"M10 56a22 3 0 1 0 44 0a22 3 0 1 0-44 0z\"/>"));
}

/// Fills get a stroke of their own colour, which rounds their corners.
fn shape(out: &mut String, ink: Ink, pen: Pen, path: &str) {
    let colour = colour(ink, pen);
    match pen {
        Main | Dark | Tint | Light | Accent | Steel | Wood | Leaf => {
            put(out, format_args!("<path fill=\"{colour}\" stroke=\"{colour}\" stroke-linejoin=\"round\" d=\"{path}\"/>"));
        }
        Line | ThinLine | LightLine | MainLine | SteelLine | WoodLine => {
            let width = match pen {
                ThinLine => "1.1",
                LightLine => "1.6",
                MainLine | WoodLine => "3.4",
                _ => "2.2",
            };
            put(
                out,
                format_args!(
                    "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linecap=\"round\" stroke-linejoin=\"round\" d=\"{path}\"/>"
                ),
            );
        }
    }
}

/// A drawing in 64 by 64, from back to front.
struct Motif {
    name: &'static str,
    /// Degrees, clockwise around the middle.
    turn: i32,
    shapes: &'static [(Pen, &'static str)],
}

const fn motif(name: &'static str, turn: i32, shapes: &'static [(Pen, &'static str)]) -> Motif {
    Motif { name, turn, shapes }
}

const BOX: Motif = motif(
    "box",
    0,
    &[(Main, "M12 24l20 9v22l-20-9z"), (Dark, "M52 24l-20 9v22l20-9z"), (Tint, "M12 24l20-9 20 9-20 9z"), (Light, "M20 20.4l20 9v7l5-2.2v-7l-20-9z")],
);

/// Every motif, by range: hospital, office, library, food and gifts, cleaning, workshop.
#[rustfmt::skip]
const MOTIFS: &[Motif] = &[
    BOX,
    // hospital
    motif("gloves", 0, &[
        (Main, "M22 50V35l-6.5-8a2.8 2.8 0 0 1 4.2-3.6L25 28.5V15.5a2.5 2.5 0 0 1 5 0V13a2.5 2.5 0 0 1 5 0v2a2.5 2.5 0 0 1 5 0v4.5a2.5 2.5 0 0 1 5 0V37c0 4-2 6-2 9v4z"),
        (ThinLine, "M30 28V16M35 28V15M40 29V19"),
        (Dark, "M21 47h23v6.5H21z"), (LightLine, "M24 50.3h17"),
    ]),
    motif("syringe", 45, &[
        (Dark, "M30.5 7h3v16h-3z"), (Dark, "M26 5h12v3H26z"), (Light, "M27 20h10v24H27z"), (Main, "M27 30h10v14H27z"), (Dark, "M27 28h10v2.5H27z"),
        (Dark, "M23 17.5h18v3H23z"), (Steel, "M30 44.5h4v4h-4z"), (SteelLine, "M32 49v10"), (ThinLine, "M33.5 25H37M34.5 33H37M33.5 36H37M34.5 39H37"),
    ]),
    motif("mask", 0, &[
        (Line, "M13 26q-8-1-8 6t9 6M51 26q8-1 8 6t-9 6"), (Main, "M13 24q19-10 38 0v14q-19 16-38 0z"), (Tint, "M13 24q19-10 38 0v3q-19-9-38 0z"),
        (LightLine, "M17 31q15-5 30 0M17 36.5q15-4 30 0M20 42q12-2 24 0"),
    ]),
    motif("bottle", 0, &[
        (Dark, "M30.5 12h3v7h-3z"), (Dark, "M20 9.5h15v3.5H23l-3 2.5z"), (Dark, "M28 18h8v4h-8z"), (Main, "M22 29l5-7h10l5 7v23a2 2 0 0 1-2 2H24a2 2 0 0 1-2-2z"),
        (Light, "M24.5 33h15v14h-15z"), (Main, "M30.5 35.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z"),
    ]),
    motif("gauze", 0, &[
        (Dark, "M11 39v4l21 10 21-10v-4z"), (Tint, "M11 38l21 10 21-10-21-10z"), (Main, "M11 32v4l21 10 21-10v-4z"), (Light, "M11 31l21 10 21-10-21-10z"),
        (ThinLine, "M18 27.7l21 10M25 24.3l21 10M46 27.7l-21 10M39 24.3l-21 10"),
    ]),
    motif("bandage", 0, &[
        (Tint, "M25 48h29v-11H37z"), (ThinLine, "M42 40v5M47 40v5M52 40v5"), (Main, "M9 33a15.5 15.5 0 1 0 31 0a15.5 15.5 0 1 0-31 0z"),
        (LightLine, "M14 33a10.5 10.5 0 1 0 21 0a10.5 10.5 0 1 0-21 0M18.5 33a6 6 0 1 0 12 0a6 6 0 1 0-12 0"), (Light, "M22.5 33a2 2 0 1 0 4 0a2 2 0 1 0-4 0z"),
    ]),
    motif("plaster", -38, &[
        (Main, "M14 23h36a9 9 0 0 1 0 18H14a9 9 0 0 1 0-18z"), (Tint, "M24 23h16v18H24z"),
        (LightLine, "M13 29h.1M13 35h.1M18.5 32h.1M51 29h.1M51 35h.1M45.5 32h.1"), (ThinLine, "M28 28h.1M32 28h.1M36 28h.1M28 32h.1M32 32h.1M36 32h.1M28 36h.1M32 36h.1M36 36h.1"),
    ]),
    motif("thermometer", 35, &[
        (Steel, "M30.3 46h3.4v10l-1.7 2-1.7-2z"), (Main, "M27 7h10a3 3 0 0 1 3 3v26l-5 10h-6l-5-10V10a3 3 0 0 1 3-3z"), (Light, "M27.5 12h9v14h-9z"),
        (ThinLine, "M30 16h4M30 19h4M30 22h4"), (Accent, "M29 33a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"),
    ]),
    motif("wheelchair", 0, &[
        (Line, "M13 15h7v22M21 25h17M40 34l6 15h7"), (Main, "M19 17h4v17h-4z"), (Main, "M20 30h21v5H20z"), (Tint, "M14 43a12 12 0 1 0 24 0a12 12 0 1 0-24 0z"),
        (Line, "M14 43a12 12 0 1 0 24 0a12 12 0 1 0-24 0M17.5 34.5l17 17M34.5 34.5l-17 17"), (Main, "M22.5 43a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
        (Dark, "M41.5 52a3.3 3.3 0 1 0 6.6 0a3.3 3.3 0 1 0-6.6 0z"),
    ]),
    motif("bed-linen", 0, &[
        (Wood, "M6 17h4.5v37H6z"), (Wood, "M53.5 32H58v22h-4.5z"), (Light, "M11 39h42v9H11z"), (Light, "M12 28h13a4 4 0 0 1 4 4v7H12z"), (ThinLine, "M15 32q4 2 8 0"),
        (Main, "M24 32q3-3 7-2h17a5 5 0 0 1 5 5v13H24z"), (Tint, "M24 32q3-3 7-2v18h-7z"), (LightLine, "M37 36v8M43 36v8M49 36v8"),
    ]),
    motif("scrubs", 0, &[
        (Main, "M23 11L9 20l5 12 7-3v25h22V29l7 3 5-12-14-9-9 10z"), (Dark, "M23 11l9 14 9-14-2-1-7 9-7-9z"), (Tint, "M34 34h7v8h-7z"), (LightLine, "M21 50h22"),
    ]),
    motif("infusion", 0, &[
        (Line, "M32 13V6h-5M32 45v6q0 6 7 6h9"), (Light, "M21 13h22v26q0 6-6 6H27q-6 0-6-6z"), (Main, "M21 25q5-2.5 11 0t11 0v14q0 6-6 6H27q-6 0-6-6z"),
        (ThinLine, "M37 19h6M39 23h4M39 31h4M37 35h6"), (Light, "M25 30h8v6h-8z"),
    ]),
    motif("stethoscope", 0, &[
        (Line, "M27 32v8a10 10 0 0 0 20 0v-8"), (MainLine, "M17 11h-2v11a12 12 0 0 0 24 0V11h-2"), (Main, "M41.5 27a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z"),
        (Light, "M44.5 27a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z"), (Dark, "M15.5 9h3v4h-3zM35.5 9h3v4h-3z"),
    ]),
    motif("pills", 0, &[
        (Light, "M10 16h44v34H10z"), (Steel, "M10 16h44v3H10z"),
        (Main, "M15 28a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0zM27.5 28a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0zM40 28a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0zM15 41a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0zM27.5 41a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"),
        (Tint, "M40 41a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"), (LightLine, "M17 28h5M29.5 28h5M42 28h5M17 41h5M29.5 41h5"),
    ]),
    // office
    motif("pen", 40, &[
        (Dark, "M28.5 5h7v5h-7z"), (Main, "M28 10h8v34h-8z"), (Dark, "M36.5 9h2.5v16h-2.5z"), (Light, "M28 29h8v2.5h-8z"), (Steel, "M28 44.5h8l-3 9h-2z"), (Dark, "M31.3 53h1.4L32 58z"),
    ]),
    motif("marker", 40, &[
        (Dark, "M25 6h14v15H25z"), (Light, "M25 21h14v24H25z"), (Main, "M25 25h14v13H25z"), (Dark, "M27 45h10v5H27z"), (Main, "M29.5 50h5v3l-5 4z"), (LightLine, "M29 29h6M29 33h4"),
    ]),
    motif("paper", 0, &[
        (Dark, "M44 27l9-9v24l-9 10z"), (Light, "M11 27l9-9h33l-9 9z"), (ThinLine, "M14.5 24h33M17.5 21h33"), (Main, "M11 27h33v25H11z"), (Light, "M17 33h21v12H17z"), (ThinLine, "M21 37h13M21 41h8"),
    ]),
    motif("folder", 0, &[
        (Dark, "M42 12l6-2v42l-6 3z"), (Main, "M16 12h26v43H16z"), (Light, "M21 18h16v14H21z"), (ThinLine, "M24 22.5h10M24 27h6"), (Light, "M24.5 44a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"), (Dark, "M27 44a2 2 0 1 0 4 0a2 2 0 1 0-4 0z"),
    ]),
    motif("envelope", 0, &[
        (Light, "M8 17h48v32H8z"), (Tint, "M8 49l20-18h8l20 18z"), (Main, "M8 17h48L34.5 36q-2.5 2-5 0z"), (ThinLine, "M8 49l18-16M56 49L38 33"),
    ]),
    motif("stapler", 0, &[
        (Dark, "M8 48h48v5H8z"), (Steel, "M12 43.5h36v3H12z"), (Main, "M10 41l34-21q9-4 12 4v7L12 44z"), (Tint, "M44 20q9-4 12 4l-4 2q-3-4-8-3z"), (LightLine, "M22 37l20-11"), (Dark, "M9 38.5h6v8H9z"),
    ]),
    motif("tape", 0, &[
        (Tint, "M29 50h27v-9H40z"), (Main, "M9 31a19.5 19.5 0 1 0 39 0a19.5 19.5 0 1 0-39 0z"), (Dark, "M17 31a11.5 11.5 0 1 0 23 0a11.5 11.5 0 1 0-23 0z"), (Light, "M19.5 31a9 9 0 1 0 18 0a9 9 0 1 0-18 0z"),
        (LightLine, "M13.5 26a16 16 0 0 1 9-9"),
    ]),
    motif("toner", 0, &[
        (Steel, "M14 19h36v8H14z"), (Dark, "M8 27h48v18a3 3 0 0 1-3 3H11a3 3 0 0 1-3-3z"), (Main, "M14 32h22v11H14z"), (LightLine, "M18 36h14M18 39.5h8"), (Main, "M46 31q6 7 0 11q-6-4 0-11z"), (Tint, "M22 15h20v4H22z"),
    ]),
    motif("notebook", 0, &[
        (Light, "M19 11h30v44H19z"), (Main, "M17 10h29v44H17z"), (Dark, "M40 10h3.5v44H40z"), (Light, "M22 18h13v10H22z"), (ThinLine, "M25 22h7M25 25h5"),
        (SteelLine, "M14.5 15h5M14.5 21h5M14.5 27h5M14.5 33h5M14.5 39h5M14.5 45h5M14.5 51h5"),
    ]),
    motif("calendar", 0, &[
        (Light, "M11 16h42v38H11z"), (Main, "M11 14h42v12H11z"), (Line, "M21 10v8M32 10v8M43 10v8"),
        (Tint, "M16 31h5v5h-5zm9 0h5v5h-5zm9 0h5v5h-5zm9 0h5v5h-5zM16 39h5v5h-5zm9 0h5v5h-5zm18 0h5v5h-5zM16 47h5v4h-5zm9 0h5v4h-5zm9 0h5v4h-5z"), (Accent, "M34 39h5v5h-5z"),
    ]),
    motif("board", 0, &[
        (Line, "M20 46l-4 10M44 46l4 10"), (Steel, "M7 11h50v34H7z"), (Light, "M10 14h44v28H10z"), (MainLine, "M16 35l9-10 8 6 14-12"), (Accent, "M43 33h7v5h-7z"), (Dark, "M20 44.5h24v3H20z"),
    ]),
    motif("keyboard", 0, &[
        (Dark, "M6 23h52a2 2 0 0 1 2 2v20a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V25a2 2 0 0 1 2-2z"),
        (Light, "M9 27h3v3H9zm6 0h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3zM12 33.5h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3zm6 0h3v3h-3z"),
        (Main, "M51 27h4v3h-4zM48 33.5h7v3h-7z"), (Light, "M9 40h3v3H9zM19 40h26v3H19zM52 40h3v3h-3z"), (Main, "M15 40h1v3h-1z"),
    ]),
    motif("monitor", 0, &[
        (Steel, "M27 43h10v8H27z"), (Dark, "M20 51h24v3.5H20z"), (Dark, "M7 11h50v33H7z"), (Main, "M10 14h44v27H10z"), (Tint, "M10 14h24L18 41h-8z"),
    ]),
    motif("headset", 0, &[
        (Line, "M50 46q0 9-14 9"), (MainLine, "M14 36v-3a18 18 0 0 1 36 0v3"), (Main, "M9 34h9v15H9a3 3 0 0 1-3-3v-9a3 3 0 0 1 3-3zM46 34h9a3 3 0 0 1 3 3v9a3 3 0 0 1-3 3h-9z"), (Dark, "M18 33h3v17h-3zM43 33h3v17h-3z"),
        (Accent, "M30 55a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"),
    ]),
    motif("desk", 0, &[
        (Dark, "M10 28h4v27h-4zM50 28h4v27h-4z"), (Main, "M33 29h16v18H33z"), (LightLine, "M38 34h6M38 42.5h6M33 38h16"), (Wood, "M6 23h52v5.5H6z"), (Steel, "M16 20h12v2.5H16z"), (Main, "M17 9h15v10H17z"), (Tint, "M19 11h11v6H19z"),
    ]),
    motif("chair", 0, &[
        (Line, "M17 55q15-13 30 0M32 46v9"), (Line, "M17 24v9h5M47 24v9h-5"), (Dark, "M30.5 38h3v9h-3z"), (Dark, "M30 28h4v6h-4z"), (Main, "M24 7h16a3 3 0 0 1 3 3v15a3 3 0 0 1-3 3H24a3 3 0 0 1-3-3V10a3 3 0 0 1 3-3z"),
        (Main, "M18 33h28v5.5H18z"), (LightLine, "M26 12h12M26 17h12M26 22h12"), (Dark, "M15 55a2 2 0 1 0 4 0a2 2 0 1 0-4 0zM30 56a2 2 0 1 0 4 0a2 2 0 1 0-4 0zM45 55a2 2 0 1 0 4 0a2 2 0 1 0-4 0z"),
    ]),
    motif("lamp", 0, &[
        (Accent, "M15 30h34l5 8H10z"), (Dark, "M30.5 31h3v20h-3z"), (Dark, "M22 51h20v4H22z"), (Main, "M23 9h18l9 21H14z"), (Tint, "M23 9h6l-5 21H14z"), (LightLine, "M18 26h28"),
    ]),
    motif("bulb", 0, &[
        (Main, "M32 8a16 16 0 0 1 10 28.5L40 42H24l-2-5.5A16 16 0 0 1 32 8z"), (Tint, "M24 16q3-4 8-4.5v3q-4 0-6 3.5z"), (LightLine, "M26 29l3.5 4L32 27l2.5 6L38 29"), (Steel, "M25.5 43h13v9l-3 3h-7l-3-3z"), (ThinLine, "M26 46h12M26 49.5h12"),
    ]),
    motif("battery", 0, &[
        (Steel, "M16 9h6v4h-6zM41 9h6v4h-6z"), (Dark, "M11 13h16v20H11zM36 13h16v20H36z"), (Main, "M11 27h16v27H11zM36 27h16v27H36z"), (LightLine, "M19 17v6M16 20h6M44 17v6M41 20h6"), (Tint, "M14 31h3v19h-3zM39 31h3v19h-3z"),
    ]),
    // library
    motif("book", 0, &[
        (Light, "M19 46h28v7H19a3.5 3.5 0 0 1 0-7z"), (Main, "M19 9h29v37H19a4.5 4.5 0 0 0-4.5 4.5V13.5A4.5 4.5 0 0 1 19 9z"), (Dark, "M19 9h3v37h-3a4.5 4.5 0 0 0-4.5 4.5V13.5A4.5 4.5 0 0 1 19 9z"),
        (Line, "M48 54H19a4 4 0 0 1 0-8h29"), (Light, "M27 16h16v10H27z"), (ThinLine, "M30 19.5h10M30 22.5h6M21 50h26"), (LightLine, "M31 38h8"),
    ]),
    motif("picture-book", 0, &[
        (Dark, "M5 17h54v38H5z"), (Light, "M7 15q13-4 25 3v35q-12-7-25-3z"), (Light, "M57 15q-13-4-25 3v35q12-7 25-3z"), (ThinLine, "M32 18v35M36 23q9-4 17-3M36 28q9-4 17-3M36 33q9-4 17-3M36 38q6-3 11-3"),
        (Accent, "M12 25a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"), (Main, "M10 45q6-14 10-6q4-8 9 3v5q-10-5-19-2z"), (Leaf, "M10 45q10-4 19 0v3q-10-5-19-3z"),
    ]),
    motif("comic", 0, &[
        (Dark, "M17 11h34v44H17z"), (Main, "M14 9h34v44H14z"), (Light, "M17 12h28v7H17z"), (ThinLine, "M21 15.5h20"), (Accent, "M31 22l2.5 7 6.5-3.5-2 7 7.5 1.5-6.5 4 5 6-7.5-1-.5 8-5-6.5-6 5 .5-7.5-7.5 1 4.5-6-6.5-4 7.5-1.5-2.5-7 6.5 4z"),
        (Light, "M26 35.5q0-5 6-5t6 5-6 5l-4 3v-3.8q-2-1.2-2-4.2z"), (ThinLine, "M29 35.5h.1M32 35.5h.1M35 35.5h.1"),
    ]),
    motif("dvd", 0, &[
        (Main, "M10 31a22 22 0 1 0 44 0a22 22 0 1 0-44 0z"), (Tint, "M32 31L17 15a22 22 0 0 1 15-6zM32 31l15 16a22 22 0 0 1-15 6z"), (LightLine, "M17 31a15 15 0 0 1 4-10M47 31a15 15 0 0 1-4 10"),
        (Light, "M24 31a8 8 0 1 0 16 0a8 8 0 1 0-16 0z"), (Dark, "M29 31a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"),
    ]),
    motif("magazine", 0, &[
        (Dark, "M17 11h33v44H17z"), (Light, "M14 9h33v44H14z"), (Main, "M17 12h27v8H17z"), (LightLine, "M21 16h13"), (Tint, "M17 23h15v18H17z"), (Main, "M21 29a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0zM18 41q0-7 6.5-7t6.5 7z"),
        (ThinLine, "M35.5 25H44M35.5 29H44M35.5 33H44M35.5 37H41M17 45.5h27M17 49.5h18"),
    ]),
    motif("game", 0, &[
        (Dark, "M15 25h26v26H15z"), (Main, "M13 22h26a2 2 0 0 1 2 2v26a2 2 0 0 1-2 2H13a2 2 0 0 1-2-2V24a2 2 0 0 1 2-2z"),
        (Light, "M16 29a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM31 29a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM23.5 37a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM16 45a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM31 45a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z"),
        (Accent, "M45 54q1-12 4-15a6 6 0 1 1 4 0q3 3 4 15z"), (Tint, "M36 8l10 5-5 10-10-5z"), (Dark, "M37.3 15.5a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0-2.6 0z"),
    ]),
    motif("label", 0, &[
        (Dark, "M32 13h19a4 4 0 0 1 4 4v19L35 56 13 34z"), (Main, "M30 10h20a4 4 0 0 1 4 4v20L33 54 10 31z"), (Light, "M40 19a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"), (Light, "M29 24l12 12-10 10-12-12z"),
        (ThinLine, "M28 28l-6 6M31 31l-6 6M33 33l-6 6M37 37l-6 6"), (Line, "M44.5 19q6-9 13-8"),
    ]),
    motif("trolley", 0, &[
        (Main, "M21 12h5v14h-5zM38 13h5v13h-5z"), (Accent, "M27 15h4v11h-4zM33 30h5v12h-5z"), (Dark, "M32 11h5v15h-5zM23 31h4v11h-4z"), (Tint, "M44 16h5v10h-5zM28 32h4v10h-4zM40 32h4v10h-4z"),
        (Line, "M9 11h6l2 38h36M52 18v31"), (Steel, "M17 26h36v3H17zM17 42h36v3H17z"), (Dark, "M18 53a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0zM46 53a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
    ]),
    motif("shelf", 0, &[
        (Tint, "M11 9h42v45H11z"), (Main, "M14 13h5v10h-5zM27 12h4v11h-4zM43 14h5v9h-5zM22 28h5v10h-5zM38 27h5v11h-5zM16 43h6v9h-6zM36 42h4v10h-4z"), (Accent, "M20 14h6v9h-6zM33 28h4v10h-4zM42 43h5v9h-5z"),
        (Dark, "M32 13h5v10h-5zM15 29h6v9h-6zM44 28h4v10h-4zM23 42h5v10h-5z"), (Wood, "M9 8h3.5v48H9zM51.5 8H55v48h-3.5zM9 7h46v3H9zM9 23h46v3H9zM9 38h46v3H9zM9 52h46v3H9z"),
    ]),
    // food and gifts
    motif("coffee", 0, &[
        (Dark, "M19 8h26v8H19z"), (Main, "M19 16h26l2 37a2 2 0 0 1-2 2H19a2 2 0 0 1-2-2z"), (LightLine, "M21 12h22"), (Light, "M22 36a10 10 0 1 0 20 0a10 10 0 1 0-20 0z"), (Wood, "M27.5 38q-1-6 4-8t5.5 4q1 6-4 8t-5.5-4z"), (ThinLine, "M28.5 41q1-4 4-5t3.5-5"),
        (Tint, "M19 16h4l-2 39h-2a2 2 0 0 1-2-2z"),
    ]),
    motif("tea", 0, &[
        (ThinLine, "M22 20q-4-5 0-9M29 20q-4-5 0-9M36 20q-4-5 0-9"), (Line, "M45 29h4a6 6 0 0 1 0 13h-6"), (Main, "M11 25h34v15q0 11-11 11H22q-11 0-11-11z"), (Dark, "M7 52h42v3H7z"), (Tint, "M11 25h34v3H11z"), (ThinLine, "M33 26v9"), (Accent, "M29.5 35h7v8h-7z"),
    ]),
    motif("water", 0, &[
        (Dark, "M27 6h10v6H27z"), (Tint, "M27 13h10q8 6 8 15v24a3 3 0 0 1-3 3H22a3 3 0 0 1-3-3V28q0-9 8-15z"), (Main, "M19 31h26v14H19z"), (Light, "M32 33q5 6 0 9q-5-3 0-9z"), (LightLine, "M23 24q1-4 4-7M24 49h16"),
    ]),
    motif("fruit", 0, &[
        (Tint, "M38 38a10 8.5 0 1 0 20 0a10 8.5 0 1 0-20 0z"), (WoodLine, "M28 24q-1-7-4-11"), (Main, "M28 24q7-6 14 0q6 8 0 20q-5 10-10 10-2 0-4-1-2 1-4 1-5 0-10-10-6-12 0-20q7-6 14 0z"), (Leaf, "M29 19q1-9 12-10q0 11-12 10z"), (LightLine, "M16 34q-1-6 3-9"),
    ]),
    motif("biscuit", 0, &[
        (Dark, "M10 34a21 21 0 1 0 42 0a21 21 0 1 0-42 0z"), (Main, "M10 32a21 21 0 1 0 42 0a21 21 0 1 0-42 0z"), (Tint, "M13 32a18 18 0 0 1 18-18v3a15 15 0 0 0-15 15z"),
        (Dark, "M22 26a3 3 0 1 0 6 0a3 3 0 1 0-6 0zM34 22a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM36 36a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0zM21 39a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0zM31 45a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM30 32a2 2 0 1 0 4 0a2 2 0 1 0-4 0z"),
    ]),
    motif("hamper", 0, &[
        (WoodLine, "M12 35Q14 8 32 8t20 27"), (Dark, "M35 12h4v7l3 4v13H32V23l3-4z"), (Light, "M33 26h8v6h-8z"), (Accent, "M14 36l9-12 9 12z"), (Main, "M40 32a6 6 0 1 0 12 0a6 6 0 1 0-12 0z"), (Wood, "M8 35h48l-5 20H13z"),
        (LightLine, "M10 41h44M12 48h40M20 36l2 18M44 36l-2 18"), (Main, "M32 43q-10-7-9 0t9 1q8 6 9-1t-9 0z"), (Main, "M31 44l-4 8 5-3 5 3-4-8z"),
    ]),
    motif("flowers", 0, &[
        (Leaf, "M32 38L12 30q6-6 14-2zM32 38l20-8q-6-6-14-2zM31 20h2v20h-2z"),
        (Main, "M12 22a6 6 0 0 1 8-8 6 6 0 0 1 8 8 6 6 0 0 1-8 8 6 6 0 0 1-8-8zM36 21a6 6 0 0 1 8-8 6 6 0 0 1 8 8 6 6 0 0 1-8 8 6 6 0 0 1-8-8z"),
        (Tint, "M24 15a6 6 0 0 1 8-8 6 6 0 0 1 8 8 6 6 0 0 1-8 8 6 6 0 0 1-8-8z"), (Dark, "M24 28a6 6 0 0 1 8-6 6 6 0 0 1 8 6 6 6 0 0 1-8 7 6 6 0 0 1-8-7z"),
        (Accent, "M17.5 22a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM41.5 21a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM29.5 15a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM29.5 28.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z"),
        (Light, "M18 36h28l-9 19H27z"), (ThinLine, "M25 37l5 17M39 37l-5 17"), (Main, "M25 44h14v3.5H25z"),
    ]),
    motif("card", 0, &[
        (Dark, "M10 19h46v32H10z"), (Light, "M8 17h46v32H8z"), (Main, "M18 17h6v32h-6z"), (Main, "M21 28q-11-9-10-1t10 3q9 5 10-3t-10 1z"), (Dark, "M19 27h4v4h-4z"), (ThinLine, "M34 30h15M34 35h15M34 40h9"),
    ]),
    motif("cake", 0, &[
        (Dark, "M6 52h52v3H6z"), (Main, "M12 32h40v20H12z"), (LightLine, "M12 45h40"), (Light, "M12 30h40v6q-3.3 5-6.6 0-3.4 5-6.7 0-3.4 5-6.7 0-3.3 5-6.7 0-3.3 5-6.6 0-3.4 5-6.7 0z"), (Tint, "M20.5 20h3v10h-3zM30.5 18h3v12h-3zM40.5 20h3v10h-3z"),
        (Accent, "M22 12q4 4 0 6q-4-2 0-6zM32 10q4 4 0 6q-4-2 0-6zM42 12q4 4 0 6q-4-2 0-6z"),
    ]),
    motif("mug", 0, &[
        (MainLine, "M43 25h5a6.5 6.5 0 0 1 0 17h-5"), (Main, "M13 16h30v34a5 5 0 0 1-5 5H18a5 5 0 0 1-5-5z"), (Dark, "M13 15h30v4H13z"), (Tint, "M16 22h4v28h-4z"), (Light, "M30 45l-7-7a4 4 0 0 1 7-4 4 4 0 0 1 7 4z"),
    ]),
    // cleaning
    motif("cleaner", 0, &[
        (Dark, "M24 8h16l5 4v5H33v6h-7v-7h-4z"), (Line, "M34 18q0 5 5 7"), (Accent, "M45.5 11h3v5h-3z"), (ThinLine, "M52 10l4-2M52 13.5h5M52 17l4 2"), (Main, "M22 32q0-8 7-9h4q9 2 9 10v19a3 3 0 0 1-3 3H25a3 3 0 0 1-3-3z"), (Light, "M25.5 35h13v13h-13z"),
        (Main, "M32 37q5 5 0 8.5q-5-3.5 0-8.5z"),
    ]),
    motif("tissue", 0, &[
        (Tint, "M40 17h12v36q-6 2-12 0z"), (ThinLine, "M43 24h6M43 31h6M43 38h6M43 45h6"), (Light, "M12 17a15 6 0 0 1 30 0v32a15 6 0 0 1-30 0z"), (Main, "M12 17a15 6 0 1 0 30 0a15 6 0 1 0-30 0z"), (Light, "M17 17a10 4 0 1 0 20 0a10 4 0 1 0-20 0z"), (Dark, "M23 17a4 1.6 0 1 0 8 0a4 1.6 0 1 0-8 0z"),
    ]),
    motif("towel", 0, &[
        (Main, "M10 18h40a6 6 0 0 1 0 12H10z"), (Light, "M10 30h40a6 6 0 0 1 0 12H10z"), (Main, "M10 42h40a6 6 0 0 1 0 12H10z"), (Tint, "M10 18h5v12h-5zM10 42h5v12h-5z"), (Accent, "M18 30h4v12h-4z"), (ThinLine, "M20 24h31M25 36h26M20 48h31"),
    ]),
    motif("bin", 0, &[
        (Dark, "M27 9h10v5H27z"), (Dark, "M12 14h40v6H12z"), (Main, "M15 21h34l-3 34H18z"), (Tint, "M15 21h5l2 34h-4z"), (LightLine, "M26 27l1 22M32 27v22M38 27l-1 22"),
    ]),
    // workshop
    motif("cable", 0, &[
        (MainLine, "M11 31a17 17 0 1 0 34 0a17 17 0 1 0-34 0M17 31a11 11 0 1 0 22 0a11 11 0 1 0-22 0M28 48h14q10 0 10-9v-3"), (Dark, "M14 29h9v4h-9zM34 29h9v4h-9z"), (Dark, "M47.5 26h9v10h-9z"), (SteelLine, "M50 25v-6M54 25v-6"),
    ]),
    motif("bolt", 40, &[
        (Steel, "M27 21h10v31l-3 4h-4l-3-4z"), (ThinLine, "M27 28l10 3M27 33l10 3M27 38l10 3M27 43l10 3M27 48l10 3"), (Main, "M21 9h22l4 6-4 6H21l-4-6z"), (Tint, "M21 9h7v12h-7l-4-6z"), (Dark, "M19 21.5h26v2.5H19z"),
    ]),
    motif("resistor", -28, &[
        (SteelLine, "M2 32h16M46 32h16"), (Main, "M15 27q4-6 9-2h16q5-4 9 2v10q-4 6-9 2H24q-5 4-9-2z"), (Dark, "M22 25h3.5v14H22z"), (Accent, "M28.5 25H32v14h-3.5z"), (Light, "M35 25h3.5v14H35z"), (Dark, "M42 25h2.5v14H42z"),
    ]),
    motif("drill", 0, &[
        (SteelLine, "M47 21h13M50 19l3 4M54 19l3 4"), (Dark, "M40 16.5h7v9h-7z"), (Main, "M16 29h12l4 20H18z"), (Main, "M9 13h31v16H13a4 4 0 0 1-4-4z"), (Tint, "M9 13h31v4H9z"), (Accent, "M29 30h5l-1 7h-3z"), (Dark, "M13 48h24v7H13z"), (LightLine, "M14 21v4M18 21v4M22 21v4"),
    ]),
    motif("helmet", 0, &[
        (Line, "M16 46q16 12 32 0"), (Main, "M10 42a22 22 0 0 1 44 0z"), (Tint, "M27 16q5-2 10 0l2 26H25z"), (Dark, "M6 41h47q6 1 6 5H6z"), (LightLine, "M16 36a16 16 0 0 1 7-13M48 36a16 16 0 0 0-7-13"),
    ]),
    motif("shoe", 0, &[
        (Main, "M8 21h15q2 0 3 2l5 8q19 2 25 9v8H8z"), (Tint, "M43 34q10 2 13 6v8H43z"), (Dark, "M8 48h48v6H8z"), (Accent, "M8 21h15q2 0 3 2l1 2H8z"), (LightLine, "M25 31l6-4M28 35l6-4M32 38l5-4M13 40h10"),
    ]),
    motif("vest", 0, &[
        (Main, "M22 9l-10 9 3 10-3 26h40l-3-26 3-10-10-9-10 12z"), (Dark, "M22 9l10 13 10-13-3-1-7 9-7-9z"), (Light, "M13.7 33h36.6l.6 5H13.1zM12.8 44h38.4l.5 5H12.3z"), (ThinLine, "M32 22v32"),
    ]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::*;

    /// The names of the elements, or what is wrong with the text as XML.
    fn elements(svg: &str) -> Result<Vec<String>, String> {
        let mut reader = Reader::from_str(svg);
        let mut names = Vec::new();
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(start) | Event::Empty(start) => {
                    for attribute in start.attributes() {
                        attribute.map_err(|error| error.to_string())?;
                    }
                    names.push(format!("{:?}", start.name()));
                }
                Event::Eof => return Ok(names),
                _ => {}
            }
        }
    }

    #[test]
    fn every_name_gives_a_well_formed_picture_without_the_name() {
        let odd = [
            "",
            "-",
            "gloves",
            "gloves-",
            "-7",
            "gloves-99999999999999999999999",
            "<b>&\"'",
            "q\u{0}-1",
            "é-3",
            "../../x",
            "gloves--1",
            "gloves-1.svg",
        ];
        let known = MOTIFS.iter().map(|motif| motif.name);
        for name in known.chain(odd) {
            for variant in ["", "-0", "-15", "-16", "-37", "-63"] {
                let name = format!("{name}{variant}");
                let picture = svg(&name);
                let elements = elements(&picture).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(elements.len() > 4, "{name}");
                assert!(!picture.contains("<b>") && !picture.contains(".."), "{name}");
                assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"), "{name}");
            }
        }
    }

    #[test]
    fn motifs_differ_and_variants_differ() {
        let names: BTreeSet<&str> = MOTIFS.iter().map(|motif| motif.name).collect();
        assert_eq!(names.len(), MOTIFS.len());
        let pictures: BTreeSet<String> = MOTIFS.iter().flat_map(|motif| (0..64).map(|variant| svg(&format!("{}-{variant}", motif.name)))).collect();
        assert_eq!(pictures.len(), MOTIFS.len() * 64);
        assert_eq!(svg("no-such-thing-3"), svg("box-3"));
        assert_eq!(svg("bed-linen"), svg("bed-linen-7"));
    }

    #[test]
    fn paths_hold_path_data_only() {
        for motif in MOTIFS {
            for (_, path) in motif.shapes {
                assert!(path.starts_with('M'), "{}", motif.name);
                assert!(path.bytes().all(|b| b.is_ascii_digit() || b"MmLlHhVvQqTtCcAaZz .-".contains(&b)), "{}: {path}", motif.name);
            }
        }
    }
}
