#!/bin/sh
# The package iso4217 offers funds, index units and a unit of account as currencies, and its API can't tell them apart.
#
# Versions: Python 3.11, iso4217 1.16.20260101 (ISO's table as published on 2026-01-01).
# 1. ISO's table marks eight codes as funds (IsFund="true"). The package ships that table, but raw_table drops the mark, and
#    the enumeration Currency holds all eight.
# 2. Nor is the mark enough: UYW (Uruguay's index of wages, 4 decimals) and XAD (the Arab Monetary Fund's unit of account) have
#    none, so "not a fund" isn't "money that a person can pay in".
# 3. Currency.number is an int: ALL is 8, and AUD 36. The code is three digits, "008", wherever it goes over a wire
#    (ISO 8583 field 49): it has to be padded.
#
# Seen:
#   funds by ISO's mark: BOV CHE CHW CLF COU MXV USN UYI
#   of these in Currency: BOV CHE CHW CLF COU MXV USN UYI
#   a word of funds in raw_table: no
#   UYW marked: no, in Currency: yes, decimals: 4
#   XAD marked: no, in Currency: yes, decimals: 2
#   ALL: 8
# What helps: read raw_xml, which keeps the mark, and name UYW and XAD oneself.
#
# Exit 1 when the behaviour is another one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PYTHON=${PYTHON:-python3}

cat > "$folder/show.py" <<'PY'
import iso4217

marked = sorted({row.findtext("Ccy") for row in iso4217.raw_xml.iter("CcyNtry") if row.find("CcyNm").get("IsFund")})
offered = {currency.code for currency in iso4217.Currency}
print("funds by ISO's mark:", *marked)
print("of these in Currency:", *(code for code in marked if code in offered))
words = {word for row in iso4217.raw_table.values() for word in row}
print("a word of funds in raw_table:", "yes" if any("fund" in word.lower() for word in words) else "no")
for code in ("UYW", "XAD"):
    of_it = "marked: yes," if code in marked else "marked: no,"
    print(code, of_it, "in Currency: yes," if code in offered else "in Currency: no,", end=" ")
    print("decimals:", iso4217.Currency(code).exponent)
print("ALL:", iso4217.Currency("ALL").number)
PY

"$PYTHON" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "iso4217==1.16.20260101"
"$folder/venv/bin/python" "$folder/show.py" | tee "$folder/seen"

cat > "$folder/expected" <<'TEXT'
funds by ISO's mark: BOV CHE CHW CLF COU MXV USN UYI
of these in Currency: BOV CHE CHW CLF COU MXV USN UYI
a word of funds in raw_table: no
UYW marked: no, in Currency: yes, decimals: 4
XAD marked: no, in Currency: yes, decimals: 2
ALL: 8
TEXT
if cmp -s "$folder/expected" "$folder/seen"; then
    echo "as described"
else
    echo "the behaviour has changed" >&2
    exit 1
fi
