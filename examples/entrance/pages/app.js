/* SPDX-License-Identifier: MIT */
/* Door and guard: shows the view that the box sends, and sends what is tapped. */
'use strict';

const PATIENCE_MS = 15000; /* without a sign of life, the box is asked anew */
const VISITOR_LANGUAGE_MS = 30000; /* a visitor's choice of language lasts that long on an idle door */
const ADVICE_MS = 15000; /* what a visitor is asked to do stays for so long, unless the next one comes */
const REFUSE_DOUBLE_MS = 400;
const CHECKING = ['listening', 'asking', 'opened'];
const LENGTH = 2 * Math.PI * 44; /* of the ring */

const shows = document.body.dataset.view;
let view = null;
let advised = null; /* the view whose advice stays on the door */
let advisedAt = 0;
let source = null;
let heardAt = 0;
let idleSince = 0;
let isLost = false;

const at = (id) => document.getElementById(id);

function setHidden(id, isHidden) {
  if (at(id).hidden !== isHidden) at(id).hidden = isHidden;
}

function setDisabled(id, isDisabled) {
  if (at(id).disabled !== isDisabled) at(id).disabled = isDisabled;
}

/* ---- What is shown ---- */

/* Advice takes longer to read, and the code longer to scan, than a verdict is shown. */
function takeAdvice() {
  if (view.phase === 'showing' && ['not_heard', 'cannot_tell'].includes(view.verdict)) {
    advised = view;
    advisedAt = Date.now();
  } else if (advised !== null && (view.phase !== 'idle' || view.deaf || view.row !== advised.row
    || Date.now() - advisedAt > ADVICE_MS)) {
    advised = null;
  }
}

/* Title and words of a moment, for the visitor. */
function moment(view) {
  const both = (words) => (words && words[language]) || '';
  switch (view.phase) {
    case 'listening': return [text('listening'), text('listening_after')];
    case 'asking': /* whose title says already what is asked first */
      return [text('asking'), ['none', 'open_the_app'].includes(view.reason) ? text('asking_after') : both(view.advice)];
    case 'opened': return [text('opened_title'), text('listening_after')];
    case 'calibrating': return [text('calibrating'), text('calibrating_after')];
    case 'showing':
      if (view.verdict === 'none') return [text('counted'), both(view.advice) || text('counted_after')];
      return [both(view.title), `${both(view.after)} ${view.verdict === 'heard' ? '' : both(view.advice)}`.trim()];
    default: return [text('idle_title'), ''];
  }
}

function showDoor() {
  takeAdvice();
  const shown = advised || view;
  const [title, after] = moment(shown);
  at('door').dataset.phase = shown.phase;
  at('door').dataset.verdict = shown.phase === 'showing' ? shown.verdict : '';
  put(at('check-title'), title);
  put(at('check-after'), after);
  at('ring').setAttribute('stroke-dasharray', `${LENGTH * view.progress} ${LENGTH}`);
  put(at('icon'), shown.verdict === 'none' ? (shown.reason === 'put_off' ? '→' : '+') : shown.icon);
  put(at('title'), title);
  put(at('after'), after);
  document.querySelector('#door .deaf').hidden = !view.deaf;
  document.body.classList.toggle('is-deaf', view.deaf);
}

/* How it stands with the radio: an icon, and words. */
function state() {
  if (view.over) return ['–', text('over')];
  if (view.deaf) return ['!', text('not_hearing')];
  if (!view.calibrated) return ['!', text('uncalibrated')];
  if (!view.hears) return ['?', text('unsure')];
  return ['✓', text('ready')];
}

function showState() {
  const [icon, words] = state();
  put(at('state-icon'), icon);
  put(at('state'), words);
  at('state').title = view.radio || '';
  put(at('time'), view.clock === 'set' ? view.time || '' : text('clock'));
  const trouble = [view.trouble && view.trouble[language], view.deaf ? view.radio : null].filter(Boolean).join(' · ');
  put(at('trouble'), trouble);
  setHidden('trouble', trouble === '');
}

function showPressed() {
  for (const button of document.querySelectorAll('[data-act][data-value]')) {
    button.setAttribute('aria-pressed', String(view[button.dataset.act] === button.dataset.value));
  }
}

function showCalibration() {
  const { calibration } = view;
  const measures = calibration.left_s > 0;
  put(at('now-title'), text('step', calibration.step + 1, calibration.steps));
  put(at('now-after'), calibration.text[language] + (measures ? ` (${text('seconds', Math.ceil(calibration.left_s))})` : ''));
  setDisabled('next-step', measures);
}

function showNow() {
  const isCalibrating = view.phase === 'calibrating' && Boolean(view.calibration);
  const isChecking = CHECKING.includes(view.phase);
  const isAttended = view.mode === 'attended';
  if (isCalibrating) {
    showCalibration();
  } else {
    const [title, after] = view.phase === 'idle' ? [text('next'), view.notice || ''] : moment(view);
    put(at('now-title'), view.phase === 'showing' && view.verdict !== 'none' ? `${view.icon} ${title}` : title);
    put(at('now-after'), view.phase === 'showing' && ['heard', 'not_heard'].includes(view.verdict) ? '' : after);
  }
  setHidden('progress', !isChecking);
  at('progress').value = view.progress;
  setHidden('begin', isCalibrating || isChecking);
  setHidden('opened', !isChecking);
  setHidden('later', !isChecking);
  setDisabled('opened', view.phase === 'opened');
  for (const id of ['next-step', 'skip-steps', 'stop-calibrating']) setHidden(id, !isCalibrating);
  put(at('begin').firstElementChild, text(isAttended ? 'begin' : 'begin_walk'));
  setDisabled('undo', !view.can_undo);
  setDisabled('amend', view.row === 0 && !isChecking);
  setDisabled('by-hand', isCalibrating);
  setDisabled('calibrate', isChecking || isCalibrating);
}

function showTally() {
  for (const [id, sums] of [['tally-visitors', view.visitors], ['tally-staff', view.staff]]) {
    [sums.total, sums.heard, sums.cannot_tell, sums.not_heard].forEach((number, i) => {
      put(at(id).cells[i + 1], String(number));
    });
  }
  const { counts } = view;
  put(at('counts'), counts ? text('here', counts.here, Math.round(counts.visits_low), Math.round(counts.visits_high)) : '');
  put(at('notice'), view.notice || '');
  setHidden('notice', !view.notice);
}

/* What a screen reader is told: each phase once, not each movement of the ring. */
let said = '';
function say() {
  const words = view.phase === 'idle' ? text('ready') : moment(view).join('. ');
  if (words !== said) put(at('said'), words);
  said = words;
}

function show() {
  if (view === null) return;
  document.body.dataset.phase = view.phase;
  document.body.dataset.verdict = view.phase === 'showing' ? view.verdict : '';
  setHidden('simulated', !view.simulated);
  showDoor();
  showState();
  showPressed();
  showNow();
  showTally();
  say();
}

/* ---- What is heard ---- */

function setLost(lost) {
  isLost = lost;
  setHidden('lost', !lost);
  document.body.classList.toggle('is-lost', lost);
  for (const button of document.querySelectorAll('#guard button')) button.inert = lost;
}

function onView(event) {
  const next = JSON.parse(event.data);
  if (view !== null && view.start !== next.start) {
    location.reload(); /* another program, with another token */
    return;
  }
  if (view === null || view.phase !== next.phase) idleSince = Date.now();
  view = next;
  show();
}

function listen() {
  if (source !== null) source.close();
  heardAt = Date.now();
  source = new EventSource('/events');
  const alive = () => {
    heardAt = Date.now();
    if (isLost) setLost(false);
  };
  source.addEventListener('message', (event) => { alive(); onView(event); });
  source.addEventListener('beat', alive);
  source.addEventListener('error', () => {
    setLost(true);
    if (source.readyState === EventSource.CLOSED) heardAt = 0; /* refused: tried again below */
  });
}

async function watch() {
  if (Date.now() - heardAt > PATIENCE_MS) {
    setLost(true);
    listen();
    const answer = await fetch('/report.json', { cache: 'no-store' }).catch(() => null);
    if (answer !== null && answer.status === 401) location.assign('/login');
  }
  const isIdle = view !== null && view.phase === 'idle' && Date.now() - idleSince > VISITOR_LANGUAGE_MS;
  if (shows !== 'guard' && isIdle && language !== FIRST_LANGUAGE) {
    language = FIRST_LANGUAGE;
    rememberLanguage();
    translate();
    show();
  }
  if (advised !== null) showDoor();
}

/* ---- What is sent ---- */

let toastTimer = 0;
function toast(words) {
  put(at('toast'), words);
  setHidden('toast', false);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => setHidden('toast', true), 4000);
}

/* True once it is done. */
async function send(action) {
  try {
    const answer = await post('/act', action);
    if (answer.ok) return true;
    if (answer.status === 401) location.assign('/login');
    else if (answer.status === 403) location.reload();
    else toast((await answer.json()).error);
  } catch {
    toast(text('failed'));
  }
  return false;
}

/* A second tap that was not meant finds the next visitor already. */
let sentAt = 0;
function tap(action) {
  const now = Date.now();
  if (now - sentAt < REFUSE_DOUBLE_MS && action.act === 'begin') return;
  sentAt = now;
  send(action);
}

for (const button of document.querySelectorAll('[data-act]')) {
  const { act, value } = button.dataset;
  button.addEventListener('click', () => {
    tap(value ? { act, [act]: value } : { act });
    if (act === 'calibrate') at('others-dialog').close();
  });
}
at('undo').addEventListener('click', () => tap({ act: 'undo', row: view.row }));

/* ---- Notes about a person, and persons counted by hand ---- */

let noted = null; /* what the dialog will send */

function showNote() {
  const dialog = at('note-dialog');
  for (const button of dialog.querySelectorAll('[data-installed]')) {
    button.setAttribute('aria-pressed', String(noted.installed === button.dataset.installed));
  }
  for (const button of dialog.querySelectorAll('[data-flag]')) {
    button.setAttribute('aria-pressed', String(noted[button.dataset.flag]));
  }
  put(at('note-title'), text(noted.act));
  setHidden('stepper', noted.act !== 'by_hand');
  put(at('count'), String(noted.count || 1));
}

function openNote(action) {
  noted = action;
  showNote();
  at('note-dialog').showModal();
}

at('amend').addEventListener('click', () => {
  openNote({ act: 'amend', row: CHECKING.includes(view.phase) ? 0 : view.row, ...view.note });
});
at('by-hand').addEventListener('click', () => {
  openNote({
    act: 'by_hand', count: 1, installed: 'unknown', installed_seen: false, told: false, helped: false, exempt: false, declined: false,
  });
});
for (const button of document.querySelectorAll('[data-installed]')) {
  button.addEventListener('click', () => {
    noted.installed = noted.installed === button.dataset.installed ? 'unknown' : button.dataset.installed;
    showNote();
  });
}
for (const button of document.querySelectorAll('[data-flag]')) {
  button.addEventListener('click', () => {
    noted[button.dataset.flag] = !noted[button.dataset.flag];
    showNote();
  });
}
for (const button of document.querySelectorAll('[data-step]')) {
  button.addEventListener('click', () => {
    noted.count = Math.min(999, Math.max(1, noted.count + Number(button.dataset.step)));
    showNote();
  });
}
/* Once: a second tap while the first is on its way would count somebody twice. */
at('note-save').addEventListener('click', async () => {
  if (at('note-save').disabled) return;
  setDisabled('note-save', true);
  const isDone = await send(noted);
  setDisabled('note-save', false);
  if (!isDone) return;
  at('note-dialog').close();
  toast(text('done'));
});

/* ---- Others ---- */

at('others').addEventListener('click', () => at('others-dialog').showModal());
at('logout').hidden = document.body.dataset.place !== 'tls';
at('logout').addEventListener('click', async () => {
  await post('/logout', {}).catch(() => null);
  location.assign('/login');
});
/* The keys of a pedal or a number pad. */
document.addEventListener('keydown', (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]')) return;
  const button = document.querySelector(`#guard [aria-keyshortcuts="${event.key}"]`);
  if (/^[0-9]$/.test(event.key) && button !== null && !button.hidden && !button.disabled) button.click();
});

switchLanguage(() => { idleSince = Date.now(); show(); });
listen();
setInterval(watch, 1000);
