# One image for both roles: `docker run … waymark` answers requests and does background work, `… waymark serve` and
# `… waymark work` do one of the two each. With DATABASE_URL it keeps nothing; without, mount a volume at /data.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY migrations ./migrations
COPY src ./src
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM node:24-slim
# Inside a container loopback could not be reached; every request still needs a key or a token.
ENV HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
RUN install --directory --owner=node --group=node --mode=0700 /data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
USER node
VOLUME /data
EXPOSE 4000
# A process that only works has no port to ask: it is well as long as it runs.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["node", "-e", "if (require('node:fs').readFileSync('/proc/1/cmdline', 'latin1').split('\\0').includes('work')) process.exit(0); fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Room for what requests leave behind, so that it is collected less often: half the time of collecting, and fewer late answers.
ENTRYPOINT ["node", "--min-semi-space-size=64", "--max-semi-space-size=64", "dist/src/main.js"]
