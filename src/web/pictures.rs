//! Pictures of articles, drawn by rule from a name such as `gloves-12`. No file, no request outside.

/// A picture for any name; names the rule does not know get a box.
pub fn svg(name: &str) -> String {
    let hue = name.bytes().fold(7u32, |sum, b| (sum * 31 + u32::from(b)) % 360);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\" width=\"320\" height=\"320\"><rect width=\"64\" height=\"64\" rx=\"6\" fill=\"hsl({hue} 40% 92%)\"/>\
         <path d=\"M16 24l16-8 16 8v18l-16 8-16-8z\" fill=\"hsl({hue} 45% 70%)\"/><path d=\"M16 24l16 8 16-8M32 32v18\" fill=\"none\" stroke=\"hsl({hue} 50% 35%)\" stroke-width=\"2\"/></svg>"
    )
}
