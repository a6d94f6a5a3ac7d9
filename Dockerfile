# Punchin in a container: `docker build -t punchin .`, then docs/running-at-scale.md, or `docker compose up` with compose.yaml.
# scripts/check-image.mjs does what the last stage says without Docker; `npm test` and .ci run it.

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY vendor vendor
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY vendor vendor
RUN npm ci --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
ENV HOST=0.0.0.0
ENV PORT=4000
ENV DATA_DIR=/data
# Longer than a balancer that looks every second takes to notice.
ENV SHUTDOWN_NOTICE_SECONDS=3
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY vendor vendor
COPY package.json LICENSE THIRD_PARTY_NOTICES.md ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "dist/check-health/main.js"]
CMD ["node", "dist/main.js"]
