/** nginx as a cache: one process, its objects in files as always, no access log. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place, Rival } from '../rival.js'

export const nginx: Rival = {
  program: 'nginx',
  prepare(place) {
    const file = join(place.folder, 'nginx.conf')
    writeFileSync(file, configuration(place))
    return ['-p', place.folder, '-c', file, '-e', join(place.folder, 'error.log')]
  },
}

function configuration({ port, originPort, folder }: Place): string {
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/client;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache keys_zone=objects:10m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${originPort};
      proxy_cache objects;
    }
  }
}
`
}
