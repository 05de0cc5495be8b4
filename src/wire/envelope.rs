//! The envelope of the Peppol network (SBDH) around a document, as an access point may hand it on. Never looks into the document.

use quick_xml::Reader;
use quick_xml::events::Event;

const ENVELOPE: &str = "StandardBusinessDocument";
const HEADER: &str = "StandardBusinessDocumentHeader";

/// The document within the envelope; the text itself where there is none; `None` for an envelope without a document.
pub fn open(text: &str) -> Option<&str> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0usize;
    let mut started: Option<u64> = None;
    loop {
        let before = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if depth == 0 && start.local_name().as_ref() != ENVELOPE {
                    return Some(text);
                }
                if depth == 1 && start.local_name().as_ref() != HEADER {
                    started = Some(before);
                }
                depth += 1;
            }
            Ok(Event::End(_)) => {
                depth = depth.checked_sub(1)?;
                if let (1, Some(from)) = (depth, started) {
                    return text.get(usize::try_from(from).ok()?..usize::try_from(reader.buffer_position()).ok()?);
                }
            }
            Ok(Event::Empty(_)) if depth == 0 => return Some(text),
            Ok(Event::Eof) => return None,
            // What cannot be read is not opened; who reads the document says what is wrong with it.
            Err(_) => return Some(text),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_found_byte_for_byte() {
        let inner = "<Invoice xmlns=\"urn:x\"><ID>1 &amp; 2</ID><e/></Invoice>";
        let wrapped = format!(
            "<?xml version=\"1.0\"?>\n<s:StandardBusinessDocument xmlns:s=\"urn:s\"><s:StandardBusinessDocumentHeader><s:Sender>a</s:Sender>\
             </s:StandardBusinessDocumentHeader>\n{inner}\n</s:StandardBusinessDocument>"
        );
        assert_eq!(open(&wrapped), Some(inner));
        assert_eq!(open(inner), Some(inner));
        assert_eq!(open("<s:StandardBusinessDocument xmlns:s=\"urn:s\"></s:StandardBusinessDocument>"), None);
        for odd in ["", "no XML", "<a", "<StandardBusinessDocument><b>", "</a>"] {
            let _no_panic = open(odd);
        }
    }
}
