/* SPDX-License-Identifier: MIT */
/* The PIN, by touch or by keys. */
'use strict';

const DIGITS_MAX = 32;
let pin = '';

function show() {
  const dots = document.getElementById('dots');
  put(dots, '●'.repeat(pin.length) || '–');
  dots.setAttribute('aria-label', `${text('pin_entered')}: ${pin.length}`);
}

async function enter() {
  const given = pin;
  pin = '';
  show();
  try {
    const answer = await post('/login', { pin: given });
    if (answer.ok) location.assign('/');
    else put(document.getElementById('message'), (await answer.json()).error);
  } catch {
    put(document.getElementById('message'), text('failed'));
  }
}

function erase() {
  pin = '';
  show();
}

function digit(value) {
  if (pin.length < DIGITS_MAX) pin += value;
  show();
}

for (const button of document.querySelectorAll('.pad button')) {
  if (button.id === 'enter') button.addEventListener('click', enter);
  else if (button.id === 'erase') button.addEventListener('click', erase);
  else button.addEventListener('click', () => digit(button.textContent));
}
document.addEventListener('keydown', (event) => {
  if (/^[0-9]$/.test(event.key)) digit(event.key);
  else if (event.key === 'Backspace') erase();
  else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) enter();
});
switchLanguage(show);
show();
