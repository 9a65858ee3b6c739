/* SPDX-License-Identifier: MIT */
/* The report page: charts and a table of the days that are chosen. */
'use strict';

const DAY_MS = 86400000;
const SVG = 'http://www.w3.org/2000/svg';
const PARTS = ['heard', 'cannot_tell', 'not_heard', 'unchecked'];
const ICONS = { heard: '✓', cannot_tell: '?', not_heard: '–', unchecked: '·' };

const at = (id) => document.getElementById(id);
let days = 1;
let today = null; /* of the box */
let last = null; /* day of the period */
let data = null;

/* ---- Days ---- */

const parse = (day) => Date.parse(`${day}T00:00:00Z`);
const format = (ms) => new Date(ms).toISOString().slice(0, 10);
const first = () => format(parse(last) - (days - 1) * DAY_MS);
const words = (day) => day.split('-').reverse().join('/');

/* ---- Making elements ---- */

function make(name, attributes = {}, content = '') {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = content;
  return element;
}

function html(name, content = '', attributes = {}) {
  const element = document.createElement(name);
  element.textContent = content;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/* ---- Charts ---- */

/* 1, 2 or 5 times a power of ten: four lines or so. */
function stepOf(top) {
  const power = 10 ** Math.floor(Math.log10(Math.max(top / 4, 1)));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n * 5 >= top);
}

function addAxis(svg, top, step, y, width) {
  for (let value = 0; value <= top; value += step) {
    svg.append(make('line', { x1: 44, x2: width, y1: y(value), y2: y(value), class: 'grid' }));
    svg.append(make('text', { x: 38, y: y(value) + 5, 'text-anchor': 'end' }, String(value)));
  }
}

/* The radio's own count: a point with its band, beside the icons. */
function addCount(svg, bar, x, width, y) {
  if (bar.visits === null) return;
  const middle = x + Math.max(width - 7, width / 2);
  const [low, high] = [Math.max(0, bar.visits - bar.band), bar.visits + bar.band];
  svg.append(make('path', { d: `M${middle - 5} ${y(low)}h10M${middle - 5} ${y(high)}h10M${middle} ${y(low)}V${y(high)}`, class: 'band' }));
  svg.append(make('circle', { cx: middle, cy: y(bar.visits), r: 4, class: 'counted' }));
}

function addBar(svg, bar, x, width, y) {
  let below = 0;
  for (const part of PARTS) {
    const value = bar[part];
    if (value > 0) {
      const [top, bottom] = [y(below + value), y(below)];
      svg.append(make('rect', { x, width, y: top, height: bottom - top, class: part }));
      if (bottom - top >= 18 && width >= 14) {
        svg.append(make('text', { x: x + width / 2, y: (top + bottom) / 2 + 5, 'text-anchor': 'middle', class: `on-${part}` }, ICONS[part]));
      }
    }
    below += value;
  }
  addCount(svg, bar, x, width, y);
}

function chart(bars, label) {
  const [width, height, bottom] = [960, 280, 30];
  const top = Math.max(4, ...bars.map((bar) => Math.max(PARTS.reduce((sum, part) => sum + bar[part], 0), (bar.visits || 0) + (bar.band || 0))));
  const step = stepOf(top);
  const y = (value) => height - bottom - (value / top) * (height - bottom - 12);
  const slot = (width - 50) / bars.length;
  const every = Math.ceil(bars.length / 24);
  const svg = make('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  addAxis(svg, top, step, y, width);
  bars.forEach((bar, i) => {
    const x = 48 + i * slot;
    addBar(svg, bar, x + slot * 0.12, Math.min(slot * 0.76, 70), y);
    if (i % every === 0) svg.append(make('text', { x: x + slot * 0.12 + Math.min(slot * 0.76, 70) / 2, y: height - 8, 'text-anchor': 'middle' }, bar.label));
  });
  return svg;
}

const empty = () => ({ staff: 0, visitors: 0, in: 0, out: 0, heard: 0, cannot_tell: 0, not_heard: 0, unchecked: 0, exempt: 0, visits: null, band: null });

/* Sums of rows; bands of independent counts add up as squares. */
function sum(rows, label) {
  const bar = { ...empty(), label };
  let square = 0;
  for (const row of rows) {
    for (const part of [...PARTS, 'staff', 'visitors', 'in', 'out', 'exempt']) bar[part] += row[part];
    if (row.visits !== null) {
      bar.visits = (bar.visits || 0) + row.visits;
      square += row.band * row.band;
    }
  }
  if (bar.visits !== null) bar.band = Math.sqrt(square);
  return bar;
}

function rowsOf(answer) {
  return answer.hours.map((values) => Object.fromEntries(answer.columns.map((name, i) => [name, values[i]])));
}

/* Hours from the first to the last in which something was, none left out between. */
function byHour(rows) {
  const hours = rows.map((row) => row.hour);
  const [low, high] = [Math.min(...hours, 8), Math.max(...hours, 16)];
  return Array.from({ length: high - low + 1 }, (_, i) => sum(rows.filter((row) => row.hour === low + i), `${low + i}h`));
}

function byDay(rows) {
  return Array.from({ length: days }, (_, i) => {
    const day = format(parse(first()) + i * DAY_MS);
    return { ...sum(rows.filter((row) => row.day === day), words(day).slice(0, 5)), day };
  });
}

/* ---- Words and numbers ---- */

const spoken = (number, decimals = 0) => number.toLocaleString(language === 'vi' ? 'vi-VN' : 'en-GB',
  { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

function showSums() {
  const both = (name) => data.staff[name] + data.visitors[name];
  const shown = [
    ['visits', both('total')], ['staff', data.staff.total], ['visitor', data.visitors.total], ['in', both('in')], ['out', both('out')],
    ['heard', both('heard')], ['cannot_tell', both('cannot_tell')], ['not_heard', both('not_heard')], ['unchecked', both('unchecked')],
    ['told_sum', both('told')], ['installed_before', both('installed_before')], ['installed_on_the_spot', both('installed_on_the_spot')],
    ['exempt_sum', both('exempt')], ['declined_sum', both('declined')], ['off', data.off_s / 3600],
  ];
  at('sums').replaceChildren(...shown.map(([name, value]) => {
    const group = html('div');
    group.append(html('dt', (ICONS[name] ? `${ICONS[name]} ` : '') + text(name)), html('dd', spoken(value, name === 'off' ? 1 : 0)));
    return group;
  }));
  const base = PARTS.reduce((sum, name) => sum + both(name), 0); // not those who left unchecked
  /* Bounds are rounded outwards, as in the letter. */
  const percent = (n, round) => spoken(round((1000 * n) / base) / 10, 1);
  put(at('share'), base > 0
    ? text('share', percent(both('heard'), Math.floor), percent(both('heard') + both('cannot_tell') + both('unchecked'), Math.ceil))
    : text('nothing'));
}

function showKeys() {
  for (const list of document.querySelectorAll('.key')) {
    list.replaceChildren(...PARTS.map((part) => {
      const item = html('li');
      item.append(html('span', ICONS[part], { class: part, 'aria-hidden': 'true' }), ` ${text(part)}`);
      return item;
    }));
    const item = html('li');
    item.append(html('span', '●', { class: 'counted', 'aria-hidden': 'true' }), ` ${text('by_radio')}`);
    list.append(item);
  }
}

function showTable(bars) {
  const names = [days > 1 ? 'day' : 'hour', 'visits', 'staff', 'visitor', 'in', 'out', ...PARTS, 'exempt_sum', 'by_radio'];
  const head = html('tr');
  head.append(...names.map((name) => html('th', text(name), { scope: 'col' })));
  const line = (bar) => {
    const row = html('tr');
    const counted = bar.visits === null ? '' : `${spoken(bar.visits)} ± ${spoken(bar.band)}`;
    row.append(html('th', bar.label, { scope: 'row' }), ...[bar.staff + bar.visitors, bar.staff, bar.visitors, bar.in, bar.out,
      ...PARTS.map((part) => bar[part]), bar.exempt].map((value) => html('td', spoken(value))), html('td', counted));
    return row;
  };
  const [thead, tbody, tfoot] = [html('thead'), html('tbody'), html('tfoot')];
  thead.append(head);
  tbody.append(...bars.map(line));
  tfoot.append(line(sum(rowsOf(data), text('all'))));
  at('table').replaceChildren(thead, tbody, tfoot);
}

function showOfficial() {
  const query = `from=${first()}&to=${last}&lang=${language}`;
  at('official').hidden = document.body.dataset.official !== 'yes';
  at('official-html').href = `/report.html?${query}`;
  at('official-csv').href = `/report.csv?${query}`;
  at('official-csv2').href = `/report-semicolon.csv?${query}`;
}

function show() {
  if (data === null) return;
  const rows = rowsOf(data);
  const hours = byHour(rows);
  const daily = byDay(rows);
  document.title = text('report_title');
  put(at('days'), days > 1 ? `${words(first())} – ${words(last)}` : words(last));
  showSums();
  showKeys();
  at('hours').replaceChildren(chart(hours, text('by_hour')));
  at('days-section').hidden = days === 1;
  at('by-day').replaceChildren(chart(daily, text('by_day')));
  showTable(days > 1 ? daily.map((bar) => ({ ...bar, label: words(bar.day) })) : hours);
  showOfficial();
  at('after').disabled = last >= today;
  for (const button of document.querySelectorAll('[data-days]')) {
    button.setAttribute('aria-pressed', String(Number(button.dataset.days) === days && last === today));
  }
}

/* ---- Asking ---- */

async function load() {
  try {
    const query = last === null ? '' : `?from=${first()}&to=${last}`;
    const answer = await fetch(`/report.json${query}`, { headers: { 'X-Language': language } });
    if (answer.status === 401) {
      location.assign('/login');
      return;
    }
    const found = await answer.json();
    put(at('message'), answer.ok ? '' : found.error);
    if (!answer.ok) return;
    data = found;
    today = found.today;
    last = found.to;
    show();
  } catch {
    put(at('message'), text('failed'));
  }
}

for (const button of document.querySelectorAll('[data-days]')) {
  button.addEventListener('click', () => {
    days = Number(button.dataset.days);
    last = today;
    load();
  });
}
at('before').addEventListener('click', () => {
  last = format(parse(last) - days * DAY_MS);
  load();
});
at('after').addEventListener('click', () => {
  last = format(Math.min(parse(last) + days * DAY_MS, parse(today)));
  load();
});
at('print').addEventListener('click', () => window.print());
switchLanguage(show);
load();
