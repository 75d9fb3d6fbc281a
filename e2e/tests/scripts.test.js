/** The parts of the scripts that need no page. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { parseAmount, typedAmount } from "../../crates/server/src/web/assets/amount.js";
import { pause } from "../../crates/server/src/web/assets/connection.js";

test("amounts are read as people in Indonesia and elsewhere write them, never a thousand times wrong", () => {
  const table = [
    ["79000", "IDR", "79000"], ["79.000", "IDR", "79000"], ["79,000", "IDR", "79000"], ["Rp 79.000", "IDR", "79000"],
    ["Rp79.000,-", "IDR", "79000"], ["rp. 1.250.000,50", "IDR", "1250000.50"], ["1,250,000.50", "USD", "1250000.50"],
    ["12.50", "USD", "12.50"], ["12,5", "EUR", "12.5"], ["79.000,00", "IDR", "79000.00"], ["1 250 000", "IDR", "1250000"],
    ["1.234", "KWD", "1.234"], ["1,234", "KWD", "1.234"], ["79.000", "", "79000"], ["0", "IDR", "0"],
    ["", "IDR", null], ["abc", "IDR", null], ["7.9.0", "IDR", null], ["1.2345", "IDR", null], ["-5", "IDR", null],
    ["1.23.456", "IDR", null], ["79.000,0000", "IDR", null], [".", "IDR", null],
  ];
  for (const [typed, currency, amount] of table) assert.equal(parseAmount(typed, currency), amount, `${typed} ${currency}`);
});

test("an amount is typed in as it is read", () => {
  for (const [amount, currency] of [["79000.00", "IDR"], ["12.50", "USD"], ["1.234", "KWD"], ["980", "JPY"]]) {
    for (const language of ["en", "id"]) {
      assert.equal(Number(parseAmount(typedAmount(amount, language), currency)), Number(amount), `${amount} ${language}`);
    }
  }
  assert.equal(typedAmount("79000.00", "id"), "79000");
  assert.equal(typedAmount("12.50", "id"), "12,50");
});

test("attempts to connect grow apart, differ, and end in a limit", () => {
  assert.equal(pause(0, 1), 250);
  assert.ok(pause(3, 1) > pause(1, 1));
  for (const attempts of [0, 5, 50, 5_000]) {
    const waits = [0, 0.5, 1].map((chance) => pause(attempts, chance));
    assert.ok(waits.every((wait) => wait >= 250 && wait <= 15_000), `${attempts}: ${waits}`);
  }
});
