#!/bin/sh
# Babel's default format_currency rounds away minor units that ISO 4217 has, and which ones depends on its version.
#
# Versions: Python 3.11, Babel 2.18.0 and 2.19.0.
# By default (currency_digits=True) format_currency takes the decimals from CLDR, which follows the coins of daily use, and
# rounds to them without a word. ISO 4217, and so ISO 8583 field 4 and every acquirer, counts two decimals for HUF, COP,
# IDR and RSD, and three for IQD. Between the two versions, which differ by one minor number, HUF, COP and IDR lost
# their decimals and RSD got its own back. A page, receipt or invoice then shows another amount than is charged.
#
# Seen:
#   2.18.0  HUF 99.50   HUF99.50     2.19.0  HUF100
#   2.18.0  COP 99.50   COP99.50     2.19.0  COP100
#   2.18.0  IDR 99.50   IDR99.50     2.19.0  IDR100
#   2.18.0  RSD 99.50   RSD100       2.19.0  RSD99.50
#   2.18.0  IQD 0.750   IQD1         2.19.0  IQD1
# What helps: a pattern of one's own with ISO's decimals, and currency_digits=False.
#
# Exit 1 when the behaviour is another one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PYTHON=${PYTHON:-python3}

cat > "$folder/show.py" <<'PY'
from decimal import Decimal

from babel import __version__
from babel.numbers import format_currency

for currency, amount in (("HUF", "99.50"), ("COP", "99.50"), ("IDR", "99.50"), ("RSD", "99.50"), ("IQD", "0.750")):
    print(__version__, currency, amount, format_currency(Decimal(amount), currency, locale="en_GB"))
PY

for version in 2.18.0 2.19.0; do
    "$PYTHON" -m venv "$folder/$version"
    "$folder/$version/bin/python" -m pip install --quiet --disable-pip-version-check "babel==$version"
    "$folder/$version/bin/python" "$folder/show.py"
done | tee "$folder/seen"

cat > "$folder/expected" <<'TEXT'
2.18.0 HUF 99.50 HUF99.50
2.18.0 COP 99.50 COP99.50
2.18.0 IDR 99.50 IDR99.50
2.18.0 RSD 99.50 RSD100
2.18.0 IQD 0.750 IQD1
2.19.0 HUF 99.50 HUF100
2.19.0 COP 99.50 COP100
2.19.0 IDR 99.50 IDR100
2.19.0 RSD 99.50 RSD99.50
2.19.0 IQD 0.750 IQD1
TEXT
if cmp -s "$folder/expected" "$folder/seen"; then
    echo "as described"
else
    echo "the behaviour has changed" >&2
    exit 1
fi
