"""`models.text.fold` as a PostgreSQL function, generated from Python's own Unicode tables.

PostgreSQL's `lower` and `normalize` follow other versions of Unicode and know no case folding, so
the function looks every character up in a table of those that folding changes. Hangul syllables,
which decompose by arithmetic, are not in the table.
"""

from functools import cache

import orjson

from models.text import fold

_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_LEAD, _VOWEL, _TRAIL = 0x1100, 0x1161, 0x11A7
_TRAILS = 28
_SYLLABLES_PER_LEAD = 21 * _TRAILS
_END = 0x30000  # beyond, no character decomposes, has case or is a mark
_SURROGATES = range(0xD800, 0xE000)


@cache
def fold_function() -> str:
    """CREATE OR REPLACE FUNCTION fold(text); ASCII takes a short cut past the table."""
    syllable = f"(ascii(c) - {_HANGUL_FIRST})"
    return f"""
CREATE OR REPLACE FUNCTION fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fold$
BEGIN
  IF octet_length(value) = char_length(value) THEN
    RETURN lower(value COLLATE "C");
  END IF;
  RETURN (
    SELECT string_agg(
      CASE WHEN ascii(c) BETWEEN {_HANGUL_FIRST} AND {_HANGUL_LAST} THEN
        chr({_LEAD} + {syllable} / {_SYLLABLES_PER_LEAD})
        || chr({_VOWEL} + {syllable} % {_SYLLABLES_PER_LEAD} / {_TRAILS})
        || CASE WHEN {syllable} % {_TRAILS} = 0 THEN ''
           ELSE chr({_TRAIL} + {syllable} % {_TRAILS}) END
      ELSE COALESCE('{_table()}'::jsonb ->> c, c) END,
      '' ORDER BY place)
    FROM unnest(string_to_array(value, NULL)) WITH ORDINALITY AS characters(c, place)
  );
END $fold$
"""


def _table() -> str:
    """Every character that folding changes, as a JSON object."""
    characters = (chr(point) for point in range(1, _END) if point not in _SURROGATES)
    changed = {
        character: folded
        for character in characters
        if (folded := fold(character)) != character
        and not _HANGUL_FIRST <= ord(character) <= _HANGUL_LAST
    }
    return orjson.dumps(changed).decode().replace("'", "''")
