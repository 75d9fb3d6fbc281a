//! The rules of section 1 for any text: NFC, trimmed, line ends as \n, no other control characters but \t.
