// SPDX-License-Identifier: MIT
// Door, guard and report in a browser, in both languages and on both sizes of screen.
//
//   WEB_RIG=… ENTRANCE=… AIR=… node run.mjs FOLDER [WORDS]      screenshots go to FOLDER
//
// The first tests script the door (WEB_RIG); the last have the tool itself (ENTRANCE), on scenarios of the folder AIR.
// WORDS: only the tests with these in their name.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open, SIZES, Visit } from './pages.mjs';
import { Rig, Tool } from './rig.mjs';

const program = process.env.WEB_RIG;
const folder = process.argv[2];
const NOW_MS = 1596592800000; // 2020-08-05 02:00 UTC
const HOUR_MS = 3600000;
const WEIGHT_MAX = 150000;
const IDLE = 'phase=0 progress=0 verdict=0 reason=0 deaf=0 simulated=0 row=0 can_undo=0 mode=0 hears=1';
const MOMENTS = [
  ['idle', IDLE],
  ['deaf', `${IDLE} deaf=1 hears=0`],
  ['listening', 'phase=1 progress=0.35'],
  ['asking', 'phase=2 progress=0.6 reason=1'],
  ['opened', 'phase=3 progress=0.8 reason=0'],
  ['heard', 'phase=4 verdict=1 reason=0 row=5 can_undo=1'],
  ['cannot-tell', 'phase=4 verdict=2 reason=4'],
  ['not-heard', 'phase=4 verdict=3 reason=0'],
  ['put-off', 'phase=4 verdict=0 reason=8'],
  ['calibrating', 'phase=5 step=1 left=7'],
];
const TITLES = {
  vi: { heard: 'ĐÃ NGHE THẤY BLUEZONE', 'cannot-tell': 'CHƯA XÁC ĐỊNH ĐƯỢC', 'not-heard': 'CHƯA NGHE THẤY BLUEZONE' },
  en: { heard: 'BLUEZONE HEARD', 'cannot-tell': 'CANNOT TELL YET', 'not-heard': 'BLUEZONE NOT HEARD YET' },
};

const tests = [];
const test = (name, run) => tests.push([name, run]);

// A rig and a browser's visit to one of its pages, both ended after it.
async function visit(browser, { size, english = false, path = '', words = [], options }, run) {
  const rig = await new Rig(program, '--listen', '127.0.0.1:0', ...words, ...(english ? ['--english'] : [])).ready;
  const visitor = new Visit(browser, folder, size, options);
  try {
    await visitor.begin(rig.uris.local + path);
    await run(visitor, rig);
    await visitor.end();
  } finally {
    await visitor.context?.close();
    await rig.end();
  }
}

for (const size of SIZES) {
  for (const english of [false, true]) {
    const where = `${size.width} × ${size.height}, ${english ? 'English' : 'Vietnamese'}`;
    const titles = TITLES[english ? 'en' : 'vi'];

    for (const path of ['door', 'guard', '']) {
      test(`${path || 'both'}, ${where}`, (browser) => visit(browser, { size, english, path }, async (visitor, rig) => {
        assert.ok(visitor.weight > 10000 && visitor.weight <= WEIGHT_MAX, `weighs ${visitor.weight}`);
        await visitor.page.waitForFunction(() => document.getElementById('state').textContent !== '');
        for (const [moment, order] of MOMENTS) {
          const phases = ['idle', 'listening', 'asking', 'opened', 'showing', 'calibrating'];
          const phase = phases[Number(/phase=(\d)/.exec(order)[1])];
          await rig.order(`set ${order}`);
          await visitor.page.waitForSelector(`body[data-phase=${phase}]`);
          if (titles[moment]) await visitor.sees(path === 'guard' ? '#now-title' : '#title', titles[moment]);
          if (moment === 'deaf') await visitor.sees(path === 'guard' ? '#trouble' : '.deaf', '');
          await visitor.picture(`${path || 'both'}-${moment}`);
          await visitor.fits(moment);
          await visitor.touch(moment);
          if (size === SIZES[0] || moment === 'heard') await visitor.axe(moment);
        }
      }));
    }

    test(`report, ${where}`, (browser) => visit(browser, { size, english, words: ['--unit', 'Sở Thông tin và Truyền thông'] }, async (visitor, rig) => {
      for (let hour = 0; hour < 24 * 6; hour += 1) {
        const local = (hour + 9) % 24; // the first is nine o'clock, backwards
        if (24 - local > 6 && 24 - local < 18) await rig.order(`hour ${NOW_MS - hour * HOUR_MS} ${(hour * 7) % 23} ${(hour * 5) % 11}`);
      }
      await visitor.go(`${rig.uris.local}report`);
      await visitor.sees('#days', '05/08/2020');
      assert.ok(visitor.weight <= WEIGHT_MAX, `weighs ${visitor.weight}`);
      await visitor.picture('report-day');
      await visitor.axe('report');
      await visitor.touch('report');
      await visitor.page.tap('[data-days="7"]');
      await visitor.sees('#days', '30/07/2020');
      assert.equal(await visitor.page.locator('#table tbody tr').count(), 7);
      const heard = await visitor.page.evaluate(() => [...document.querySelectorAll('#table tbody tr')]
        .reduce((sum, row) => sum + Number(row.cells[6].textContent), 0));
      assert.equal(heard, Number(await visitor.page.locator('#table tfoot td').nth(5).textContent()));
      assert.ok(heard > 100);
      await visitor.page.screenshot({ path: join(folder, `report-week-${english ? 'en' : 'vi'}-${size.width}x${size.height}.png`), fullPage: true });
      await visitor.axe('week');
      await visitor.page.tap('#before');
      await visitor.sees('#days', '29/07/2020');
      await visitor.page.tap('#after');
      await visitor.sees('#days', '05/08/2020');
      if (size === SIZES[1]) {
        const pdf = await visitor.page.pdf({ path: join(folder, `report-${english ? 'en' : 'vi'}.pdf`), format: 'A4' });
        assert.ok(pdf.length > 10000);
      }
    }));
  }

  test(`guard taps, ${size.width} × ${size.height}`, (browser) => visit(browser, { size, path: 'guard' }, async (visitor, rig) => {
    const { page } = visitor;
    const acts = async (...expected) => {
      for (let i = 0; i < 200 && rig.acts.length < expected.length; i += 1) await page.waitForTimeout(10);
      assert.deepEqual((await rig.done()).map((line) => line.split(' ')[0]), expected);
    };
    await page.tap('#begin');
    await acts('0');
    await rig.order('set phase=2 progress=0.5 reason=1');
    await page.tap('#opened');
    await acts('1');
    await page.tap('#later');
    await acts('2');
    await rig.order('set phase=4 verdict=3 reason=0 row=9 can_undo=1');
    await page.tap('#undo');
    await acts('3');
    await page.tap('[data-act=person][data-value=staff]');
    await acts('6');
    await rig.order('set person=0 direction=1');
    await page.waitForSelector('[data-value=staff][aria-pressed=true]');
    await page.waitForSelector('[data-value=out][aria-pressed=true]');
    await page.tap('#amend');
    await page.waitForSelector('dialog[open]');
    await page.tap('[data-installed=on_the_spot]');
    await page.tap('[data-flag=installed_seen]');
    await page.tap('[data-flag=told]');
    await visitor.picture('guard-amend');
    await visitor.fits('amend');
    await visitor.touch('amend');
    await visitor.axe('amend');
    await page.tap('#note-save');
    await page.waitForFunction(() => document.querySelector('dialog[open]') === null);
    assert.match((await rig.done())[0], /^4 .* installed=2 seen=1 told=1 helped=0 exempt=0 declined=0 row=9$/);
    await page.tap('#by-hand');
    await page.tap('[data-step="10"]');
    await page.tap('[data-step="1"]');
    await page.tap('[data-flag=exempt]');
    await visitor.picture('guard-by-hand');
    await visitor.fits('by hand');
    await page.tap('#note-save');
    await page.waitForFunction(() => document.querySelector('dialog[open]') === null);
    assert.match((await rig.done())[0], /^5 .* count=12 installed=0 seen=0 told=0 helped=0 exempt=1 declined=0 row=0$/);
    await page.tap('#others');
    await visitor.picture('guard-others');
    await visitor.fits('others');
    await visitor.touch('others');
    await visitor.axe('others');
    await page.tap('[data-act=mode][data-value=walk_through]');
    await acts('8');
    await page.keyboard.press('Escape');
  }));
}

test('a refusal is shown, and nothing is sent for another row', (browser) => visit(browser, { size: SIZES[0], path: 'guard' }, async (visitor, rig) => {
  visitor.isOffline = true; // a refusal is on the console too
  await rig.order('refuse chưa-được');
  await visitor.page.tap('#begin');
  await visitor.sees('#toast', 'chưa-được');
  await visitor.picture('guard-refused');
}));

test('who taps twice to save is counted once', (browser) => visit(browser, { size: SIZES[0], path: 'guard' }, async (visitor, rig) => {
  const { page } = visitor;
  let orders = 0;
  page.on('request', (request) => { orders += request.url().endsWith('/act') ? 1 : 0; });
  await page.tap('#by-hand');
  await page.evaluate(() => {
    const save = document.getElementById('note-save');
    for (let tap = 0; tap < 3; tap += 1) save.dispatchEvent(new MouseEvent('click', { bubbles: true })); // before an answer can come
  });
  await page.waitForFunction(() => document.querySelector('dialog[open]') === null);
  assert.equal(orders, 1);
  assert.equal((await rig.done()).length, 1);
  await page.tap('#by-hand'); // and the next one can be saved
  await page.tap('#note-save');
  await page.waitForFunction(() => document.querySelector('dialog[open]') === null);
  assert.equal((await rig.done()).length, 1);
}));

test('advice and the code stay until the next one comes', (browser) => visit(browser, { size: SIZES[0], path: 'door' }, async (visitor, rig) => {
  const { page } = visitor;
  const shows = (phase) => page.waitForSelector(`#door[data-phase=${phase}]`);
  await page.clock.install();
  await rig.order('set phase=4 verdict=3 reason=0 row=5 can_undo=1');
  await visitor.sees('#title', TITLES.vi['not-heard']);
  await rig.order('set phase=0');
  await page.waitForSelector('body[data-phase=idle]');
  await visitor.sees('#title', TITLES.vi['not-heard']);
  assert.ok(await page.locator('#door .verdict .code').isVisible());
  await rig.order('set phase=1 progress=0.1');
  await shows('listening');
  for (const end of [() => rig.order('set row=0 can_undo=0'), () => page.clock.runFor(17000)]) {
    await rig.order('set phase=4 verdict=2 reason=1 row=6 can_undo=1');
    await visitor.sees('#title', TITLES.vi['cannot-tell']);
    await rig.order('set phase=0');
    await page.waitForSelector('body[data-phase=idle]');
    await visitor.sees('#title', TITLES.vi['cannot-tell']);
    await end();
    await shows('idle');
  }
  await rig.order('set phase=4 verdict=1 reason=0 row=7 can_undo=1');
  await visitor.sees('#title', TITLES.vi.heard);
  await rig.order('set phase=0');
  await shows('idle');
}));

test('by keys alone', (browser) => visit(browser, { size: SIZES[0], path: 'guard' }, async (visitor, rig) => {
  const { page } = visitor;
  const seen = new Set();
  for (let i = 0; i < 20; i += 1) {
    await page.keyboard.press('Tab');
    const [id, outline] = await page.evaluate(() => [document.activeElement.id || document.activeElement.dataset.value,
      getComputedStyle(document.activeElement).outlineStyle]);
    if (id) {
      seen.add(id);
      assert.equal(outline, 'solid', id);
    }
  }
  for (const id of ['visitor', 'staff', 'in', 'out', 'begin', 'by-hand', 'others']) assert.ok(seen.has(id), id);
  await page.focus('#begin');
  await page.keyboard.press('Enter');
  await rig.order('set phase=2 progress=0.5 reason=1');
  await page.waitForSelector('#opened:visible');
  await page.keyboard.press('2');
  await page.keyboard.press('3');
  await page.waitForTimeout(200);
  assert.deepEqual((await rig.done()).map((line) => line.split(' ')[0]), ['0', '1', '2']);
}));

test('a screen reader is told each phase once', (browser) => visit(browser, { size: SIZES[0], path: 'door' }, async (visitor, rig) => {
  const { page } = visitor;
  await visitor.sees('#said', 'Sẵn sàng');
  await page.evaluate(() => {
    globalThis.told = [];
    new MutationObserver(() => globalThis.told.push(document.getElementById('said').textContent))
      .observe(document.getElementById('said'), { childList: true, characterData: true, subtree: true });
  });
  for (let i = 0; i < 5; i += 1) {
    await rig.order(`set phase=1 progress=${i / 5}`);
    await page.waitForTimeout(120);
  }
  await rig.order('set phase=4 verdict=1');
  await page.waitForSelector('body[data-phase=showing]');
  const told = await page.evaluate(() => globalThis.told);
  assert.equal(told.length, 2);
  assert.match(told[1], /^ĐÃ NGHE THẤY BLUEZONE\. Cảm ơn/);
}));

test('a switch of language', (browser) => visit(browser, { size: SIZES[0] }, async (visitor, rig) => {
  await rig.order(`set ${IDLE}`);
  await visitor.sees('h1', 'Mời mở Bluezone');
  await visitor.page.tap('#language');
  await visitor.sees('h1', 'Please open Bluezone');
  assert.equal(await visitor.page.evaluate(() => document.documentElement.lang), 'en');
  await visitor.page.tap('#language');
  await visitor.sees('h1', 'Mời mở Bluezone');
}));

test('a simulated air is said to be one', (browser) => visit(browser, { size: SIZES[0] }, async (visitor, rig) => {
  await rig.order('set simulated=1');
  await visitor.sees('#simulated', 'MÔ PHỎNG');
  await visitor.picture('both-simulated');
  await visitor.fits('simulated');
}));

test('it finds the program again by itself', async (browser) => {
  const first = await new Rig(program, '--listen', '127.0.0.1:0').ready;
  const { port } = new URL(first.uris.local);
  const visitor = new Visit(browser, folder, SIZES[0]);
  await visitor.begin(first.uris.local);
  await visitor.sees('#state', 'Sẵn sàng');
  visitor.isOffline = true;
  await first.end();
  await visitor.sees('#lost', 'Mất kết nối');
  await visitor.picture('both-lost');
  const second = await new Rig(program, '--listen', `127.0.0.1:${port}`).ready;
  await visitor.page.waitForFunction(() => document.getElementById('lost').hidden, undefined, { timeout: 60000 });
  await visitor.page.waitForLoadState();
  await visitor.sees('#state', 'Sẵn sàng');
  await visitor.page.tap('#begin'); // with the new token
  for (let i = 0; i < 200 && second.acts.length === 0; i += 1) await visitor.page.waitForTimeout(10);
  assert.equal((await second.done()).length, 1);
  await visitor.end();
  await second.end();
});

test('totals, on a telephone too', async (browser) => {
  const rig = await new Rig(program, '--listen', '', '--totals', '127.0.0.1:0').ready;
  for (let hour = 2; hour < 12; hour += 1) await rig.order(`hour ${NOW_MS - hour * HOUR_MS} ${hour * 3} ${hour}`);
  for (const size of [SIZES[0], { width: 360, height: 640 }]) {
    const visitor = new Visit(browser, folder, size);
    await visitor.begin(rig.uris.totals);
    await visitor.picture('totals');
    await visitor.axe('totals');
    await visitor.end();
  }
  await rig.end();
});

test('the PIN, then the guard, over TLS', async (browser) => {
  const place = mkdtempSync(join(tmpdir(), 'beacon-web-'));
  const [key, certificate, pin] = ['key', 'cert', 'pin'].map((name) => join(place, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
    '/CN=127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  execFileSync(program, ['pin', pin, '271828']);
  const rig = await new Rig(program, '--tls', '127.0.0.1:0', '--listen', '', '--certificate', certificate, '--key', key, '--pin-file', pin).ready;
  const visitor = new Visit(browser, folder, SIZES[0]);
  visitor.isOffline = true; // a wrong PIN is on the console too
  await visitor.begin(rig.uris.tls);
  const { page } = visitor;
  await page.waitForURL('**/login');
  await visitor.touch('login');
  await visitor.axe('login');
  for (const digit of '111111') await page.tap(`.pad button:text-is("${digit}")`);
  await visitor.picture('login');
  await page.tap('#enter');
  await visitor.sees('#message', 'PIN');
  await page.keyboard.type('271828');
  await page.keyboard.press('Enter');
  await visitor.sees('#state', 'Sẵn sàng');
  await page.tap('#begin');
  for (let i = 0; i < 200 && rig.acts.length === 0; i += 1) await page.waitForTimeout(10);
  assert.equal((await rig.done()).length, 1);
  await page.tap('#others');
  await page.tap('#logout');
  await page.waitForURL('**/login');
  await visitor.end();
  await rig.end();
  rmSync(place, { recursive: true });
});

test('the guard on a telephone', (browser) => visit(browser, { size: { width: 360, height: 640 }, path: 'guard' }, async (visitor, rig) => {
  await rig.order('set phase=2 progress=0.5 reason=1');
  await visitor.sees('#opened', 'Đã mở');
  await visitor.picture('guard-phone');
  await visitor.touch('phone');
}));

test('the poster, served and written', (browser) => visit(browser, { size: SIZES[1], path: 'poster' }, async (visitor) => {
  const millimetre = await visitor.page.evaluate(() => document.querySelector('.spot').getBoundingClientRect().width / 170);
  assert.ok(Math.abs(millimetre - 96 / 25.4) < 0.01, `a millimetre is ${millimetre} px`);
  await visitor.axe('poster');
  await visitor.page.screenshot({ path: join(folder, 'poster.png'), fullPage: true });
  const pdf = await visitor.page.pdf({ path: join(folder, 'poster.pdf'), preferCSSPageSize: true });
  assert.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length, 3);
  const file = join(folder, 'poster.html');
  writeFileSync(file, execFileSync(program, ['poster']));
  const page = await visitor.context.newPage();
  await page.goto(pathToFileURL(file).href);
  assert.equal(await page.evaluate(() => Math.round(document.querySelector('.spot').getBoundingClientRect().width)), Math.round(170 * 96 / 25.4));
}));

// The tool's pages: run(door, guard), two screens of one door.
async function visitTool(browser, size, english, words, run) {
  const tool = await new Tool(process.env.ENTRANCE, '--language', english ? 'en' : 'vi', ...words).ready;
  const [door, guard] = [new Visit(browser, folder, size), new Visit(browser, folder, size)];
  try {
    await door.begin(`${tool.uri}door`);
    await guard.begin(`${tool.uri}guard`);
    await run(door, guard, tool);
    await door.end();
    await guard.end();
  } finally {
    await door.context?.close();
    await guard.context?.close();
    assert.equal(await tool.end(), 0, tool.errors);
  }
}

const tallied = (page) => page.evaluate(() => [...document.querySelectorAll('.tally tbody tr')]
  .map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent))));

for (const size of SIZES) {
  for (const english of [false, true]) {
    const where = `${size.width} × ${size.height}, ${english ? 'English' : 'Vietnamese'}`;
    const titles = TITLES[english ? 'en' : 'vi'];

    test(`the tool in a rush, ${where}`, (browser) => visitTool(
      browser, size, english, ['--radio', `sim:${process.env.AIR}/rush.air`, '--guard', '--speed', '10'],
      async (door, guard) => {
        await door.sees('#simulated', '');
        await door.sees('#title', titles.heard);
        await door.picture('tool-heard');
        await door.page.waitForSelector('body[data-phase=asking], body[data-phase=opened]');
        await door.picture('tool-asking');
        await guard.page.waitForFunction(() => Number(document.querySelector('#tally-visitors').cells[2].textContent)
          + Number(document.querySelector('#tally-staff').cells[2].textContent) >= 5);
        await guard.picture('tool-guard');
        await guard.fits('tool');
        await guard.axe('tool');
      },
    ));

    test(`the tool by hand, ${where}`, (browser) => visitTool(
      browser, size, english, ['--radio', `sim:${process.env.AIR}/empty-room.air`, '--speed', '4', '--person', 'visitor'],
      async (door, guard, tool) => {
        const { page } = guard;
        await page.tap('#begin');
        await door.page.waitForSelector('body[data-phase=asking]');
        await page.tap('#opened');
        await door.page.waitForSelector('body[data-phase=opened]');
        await door.page.waitForSelector('#door[data-phase=showing]'); // its advice stays there
        await door.picture('tool-verdict');
        await page.waitForFunction(() => document.querySelector('#tally-visitors').cells[1].textContent === '1');
        const [checked] = await tallied(page);
        assert.equal(checked[1], 0); // nobody here has the app
        await page.tap('#undo');
        await page.waitForFunction(() => document.querySelector('#tally-visitors').cells[1].textContent === '0');
        await page.waitForSelector('body[data-phase=idle]');
        await page.tap('#by-hand');
        await page.tap('[data-step="10"]');
        await page.tap('[data-installed=on_the_spot]');
        await page.tap('#note-save');
        await page.waitForFunction(() => document.querySelector('#tally-visitors').cells[1].textContent === '11');
        await page.tap('[data-act=person][data-value=staff]');
        await page.waitForSelector('[data-value=staff][aria-pressed=true]');
        await page.tap('#others');
        await page.tap('#calibrate');
        await page.waitForSelector('#next-step:visible');
        await guard.picture('tool-calibrating');
        await guard.fits('calibrating');
        await page.tap('#stop-calibrating');
        await page.waitForSelector('#begin:visible');
        await guard.go(`${tool.uri}report`);
        await guard.sees('#days', '10/08/2020');
        await guard.sees('#sums', '11');
        await guard.picture('tool-report');
        await guard.axe('tool-report');
        assert.ok(await page.locator('#official-html').isVisible());
        const letter = await page.request.get(new URL(await page.locator('#official-html').getAttribute('href'), tool.uri).href);
        assert.equal(letter.status(), 200);
        await guard.go(tool.uri);
        await guard.picture('tool-both');
        await guard.fits('both');
      },
    ));
  }
}

const browser = await open();
let failed = 0;
for (const [name, run] of tests) {
  if (process.argv[3] && !name.includes(process.argv[3])) continue;
  try {
    await run(browser);
    console.log(`passed: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}\n${error.stack}`);
  }
}
await browser.close();
console.log(`${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
