// SPDX-License-Identifier: MIT
// The page's test program: started, given orders, and what was done at its door. And the tool itself, on an air that is
// made up.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// As in test_web.py.
const ASAN_OPTIONS = `${process.env.ASAN_OPTIONS || ''}:intercept_tls_get_addr=0`;

export class Rig {
  constructor(program, ...words) {
    this.acts = [];
    this.uris = {};
    this.waiting = [];
    this.process = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LC_ALL: 'C.UTF-8', ASAN_OPTIONS } });
    this.ready = new Promise((resolve) => { this.isReady = resolve; });
    createInterface({ input: this.process.stdout }).on('line', (line) => this.take(line));
  }

  take(line) {
    const [name, value] = line.split(/ (.*)/);
    if (name === 'act') {
      this.acts.push(value.trim());
    } else if (name === 'ok' || name === 'bad') {
      this.waiting.shift()(line);
    } else {
      this.uris[name] = value;
      if (name === 'totals') this.isReady(this);
    }
  }

  async order(text) {
    const answer = await new Promise((resolve) => {
      this.waiting.push(resolve);
      this.process.stdin.write(`${text}\n`);
    });
    if (!answer.startsWith('ok')) throw new Error(`${text}: ${answer}`);
    return answer.slice(3);
  }

  // What was done at the door since the last time.
  async done() {
    await this.order('acts');
    return this.acts.splice(0);
  }

  async end() {
    const code = await new Promise((resolve) => {
      this.process.on('exit', resolve);
      this.process.stdin.end();
    });
    if (code !== 0) throw new Error(`the rig ended with ${code}`);
  }
}

export class Tool {
  constructor(program, ...words) {
    this.errors = '';
    this.process = spawn(program, ['run', '--web-listen', '127.0.0.1:0', '--terminal', 'off', '--timezone', 'Asia/Ho_Chi_Minh', ...words],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    this.ready = new Promise((resolve, reject) => {
      createInterface({ input: this.process.stderr }).on('line', (line) => {
        this.errors += `${line}\n`;
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(line);
        if (found) {
          [this.uri] = found;
          resolve(this);
        }
      });
      this.process.on('exit', () => reject(new Error(this.errors)));
    });
  }

  // Its exit code.
  end() {
    return new Promise((resolve) => {
      this.process.on('exit', (code) => resolve(code));
      this.process.kill('SIGTERM');
    });
  }
}
