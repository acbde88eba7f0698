//! The spelling under which a word is kept and looked up. The build script reads this file too.

/// Lower case, one kind of apostrophe, `ß` as `ss`, and no accents: people leave them out.
/// German (`umlauts`) keeps ä, ö and ü, which tell `schön` (beautiful) from `schon` (already).
pub fn fold(word: &str, umlauts: bool) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' | 'ö' | 'ü' if umlauts => folded.push(letter),
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ä' => folded.push('a'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'í' | 'ì' | 'î' | 'ï' => folded.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => folded.push('o'),
            'ú' | 'ù' | 'û' | 'ü' => folded.push('u'),
            'ç' => folded.push('c'),
            'ñ' => folded.push('n'),
            'ý' | 'ÿ' => folded.push('y'),
            '’' | '`' | '´' => folded.push('\''),
            'ß' => folded.push_str("ss"),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            _ => folded.push(letter),
        }
    }
    folded
}
