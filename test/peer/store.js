'use strict';
/*
 * Objects from an S3 server over kept-alive connections, signed (AWS version
 * 4), or from a folder.
 */
const crypto = require('crypto');
const fs = require('fs/promises');
const http = require('http');
const path = require('path');

const EMPTY_HASH = crypto.createHash('sha256').digest('hex');

const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();

function required(name) {
  if (!process.env[name]) throw new Error(`environment variable ${name} is not set`);
  return process.env[name];
}

function encodePath(text) {
  return encodeURIComponent(text)
    .replace(/%2F/g, '/')
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

class Signer {
  constructor(host) {
    this.host = host;
    this.accessKey = required('S3_ACCESS_KEY');
    this.secretKey = required('S3_SECRET_KEY');
    this.region = process.env.S3_REGION || 'us-east-1';
  }

  /* The day's key is derived once a day, not once a request. */
  key(day) {
    if (this.day !== day) {
      this.day = day;
      this.dayKey = [day, this.region, 's3', 'aws4_request'].reduce(hmac, `AWS4${this.secretKey}`);
    }
    return this.dayKey;
  }

  headers(resource) {
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const scope = `${day}/${this.region}/s3/aws4_request`;
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const request =
      `GET\n${resource}\n\nhost:${this.host}\nx-amz-content-sha256:${EMPTY_HASH}\n` +
      `x-amz-date:${time}\n\n${names}\n${EMPTY_HASH}`;
    const hash = crypto.createHash('sha256').update(request).digest('hex');
    const signature = hmac(this.key(day), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`).toString('hex');
    return {
      'x-amz-content-sha256': EMPTY_HASH,
      'x-amz-date': time,
      authorization:
        `AWS4-HMAC-SHA256 Credential=${this.accessKey}/${scope}, ` +
        `SignedHeaders=${names}, Signature=${signature}`,
    };
  }
}

class S3Store {
  constructor(endpoint) {
    this.url = new URL(endpoint);
    this.agent = new http.Agent({ keepAlive: true, noDelay: true });
    this.signer = new Signer(this.url.host);
  }

  get(name) {
    const resource = `/${encodePath(name)}`;
    return new Promise((resolve, reject) => {
      const request = http.get(
        {
          host: this.url.hostname,
          port: this.url.port,
          path: resource,
          agent: this.agent,
          headers: this.signer.headers(resource),
        },
        (response) => {
          const parts = [];
          response.on('data', (part) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode !== 200) {
              reject(new Error(`${name}: the S3 server answered ${response.statusCode}`));
            } else {
              resolve(Buffer.concat(parts));
            }
          });
        }
      );
      request.on('error', reject);
    });
  }

  close() {
    this.agent.destroy();
  }
}

class FolderStore {
  constructor(folder) {
    this.folder = folder;
  }

  get(name) {
    return fs.readFile(path.join(this.folder, name));
  }

  close() {}
}

function openStore() {
  if (process.env.STORE_FOLDER) return new FolderStore(process.env.STORE_FOLDER);
  return new S3Store(required('S3_ENDPOINT'));
}

module.exports = { openStore };
