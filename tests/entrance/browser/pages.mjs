// SPDX-License-Identifier: MIT
// A browser on the page, as a person at the door would use it, with what is asserted of every page:
// it fetches from nowhere else, says nothing on the console, and axe-core finds nothing serious.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export const SIZES = [{ width: 800, height: 480 }, { width: 1920, height: 1080 }];

export async function open() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: FLAGS });
}

export class Visit {
  constructor(browser, folder, size, options = {}) {
    Object.assign(this, { browser, folder, size, options, problems: [], weight: 0, isOffline: false });
  }

  async begin(uri) {
    this.context = await this.browser.newContext({
      viewport: this.size, hasTouch: true, ignoreHTTPSErrors: true, reducedMotion: 'reduce', timezoneId: 'Asia/Ho_Chi_Minh', ...this.options,
    });
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(20000);
    const origin = new URL(uri).origin;
    this.page.on('console', (message) => {
      if (!this.isOffline && ['error', 'warning'].includes(message.type())) this.problems.push(message.text());
    });
    this.page.on('pageerror', (error) => this.problems.push(String(error)));
    this.page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.problems.push(`fetched ${request.url()}`);
    });
    await this.go(uri);
  }

  // Loads a page, and weighs it with all that it loads.
  async go(uri) {
    const bodies = [];
    const weigh = (response) => {
      if (!response.url().endsWith('/events')) bodies.push(response.body().catch(() => ''));
    };
    this.page.on('response', weigh);
    await this.page.goto(uri, { waitUntil: 'load' });
    this.page.off('response', weigh);
    this.weight = (await Promise.all(bodies)).reduce((sum, body) => sum + body.length, 0);
  }

  async picture(name) {
    mkdirSync(this.folder, { recursive: true });
    const language = await this.page.evaluate(() => document.documentElement.lang);
    await this.page.screenshot({ path: join(this.folder, `${name}-${language}-${this.size.width}x${this.size.height}.png`) });
  }

  async axe(name) {
    await this.page.evaluate(axeSource); // as a debugger does, which the page's policy does not bind
    const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
    assert.deepEqual(serious.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
  }

  // Whatever can be touched is large enough for a finger, and on the screen.
  async touch(name) {
    const small = await this.page.evaluate(() => [...document.querySelectorAll('button, a.button, [role=button]')]
      .filter((element) => element.checkVisibility())
      .map((element) => [element.textContent.trim(), element.getBoundingClientRect()])
      .filter(([, box]) => box.width < 47.5 || box.height < 47.5)
      .map(([text, box]) => `${text}: ${box.width} x ${box.height}`));
    assert.deepEqual(small, [], name);
  }

  // Nothing is cut off: no text leaves its box or the screen.
  async fits(name) {
    const outside = await this.page.evaluate(() => [...document.querySelectorAll('#door *, #guard *, dialog[open] *')]
      .filter((element) => element.checkVisibility() && element.closest('.unseen') === null && element.closest('svg') === null)
      .map((element) => [element, element.getBoundingClientRect()])
      .filter(([element, box]) => box.width > 0 && (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1
        || element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline'))
      .map(([element, box]) => `${element.tagName}#${element.id}.${element.className} ${element.textContent.trim().slice(0, 30)} `
        + `${Math.round(box.left)},${Math.round(box.top)}–${Math.round(box.right)},${Math.round(box.bottom)} ${element.scrollWidth}/${element.clientWidth}`));
    const scrolls = await this.page.evaluate(() => [...document.querySelectorAll('#door > div, #guard')]
      .filter((element) => element.checkVisibility() && element.scrollHeight > element.clientHeight + 1)
      .map((element) => `${element.id || element.className} scrolls ${element.scrollHeight}/${element.clientHeight}`));
    const covered = await this.page.evaluate(() => {
      const shown = [...document.querySelectorAll('#language, #door .code')].filter((element) => element.checkVisibility()).map((element) => element.getBoundingClientRect());
      const meets = (a, b) => a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom;
      return [...document.querySelectorAll('#door p, #door h1, #door li')].filter((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return element.checkVisibility() && [...range.getClientRects()].some((text) => shown.some((box) => meets(text, box)));
      }).map((element) => `covered: ${element.textContent}`);
    });
    assert.deepEqual([...outside, ...scrolls, ...covered], [], name);
  }

  async sees(selector, text) {
    await this.page.waitForFunction(([where, what]) => {
      const element = document.querySelector(where);
      return element !== null && element.checkVisibility() && element.textContent.includes(what);
    }, [selector, text]);
  }

  async end() {
    await this.context.close();
    assert.deepEqual(this.problems, []);
  }
}
