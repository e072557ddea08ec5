/** nginx, if it is on the PATH: all its settings for collapsing are on, its time limits are the defaults. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheUnderTest, type Place, startIn, versionOf } from './cache.js'

export const nginx: CacheUnderTest = {
  name: 'nginx',
  version: () => versionOf('nginx', '-v', /nginx\/(\S+)/),
  start: (originPort) =>
    startIn('nginx', async (place) => {
      const file = join(place.folder, 'nginx.conf')
      await writeFile(file, config(place, originPort))
      return ['-e', join(place.folder, 'error.log'), '-c', file]
    }),
}

function config({ folder, port }: Place, originPort: number): string {
  return `
daemon off;
master_process off;
pid ${folder}/pid;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${folder}/client;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache keys_zone=all:16m max_size=1g use_temp_path=off;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://127.0.0.1:${originPort};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache all;
      proxy_cache_lock on;
      proxy_cache_revalidate on;
      proxy_cache_background_update on;
    }
  }
}
`
}
