// @seal@
// Asks git coord before and after an edit, tells the brief, and gives back at the end what was claimed for the session.
import { spawn, spawnSync } from "node:child_process"

const BINARY = @binary@
const EDITORS = new Set(["apply_patch", "edit", "multiedit", "patch", "write"])

const words = (event) => ["agent", "hook", "opencode", event]

const ask = (event, payload) =>
  new Promise((resolve) => {
    const child = spawn(BINARY, words(event), { cwd: payload.cwd, stdio: ["pipe", "pipe", "pipe"] })
    const said = { out: "", err: "" }
    child.stdout.on("data", (part) => (said.out += part))
    child.stderr.on("data", (part) => (said.err += part))
    child.on("error", (error) => resolve({ code: -1, out: "", err: `git coord cannot be started: ${error.message}` }))
    child.on("close", (code) => resolve({ code, ...said }))
    child.stdin.on("error", () => {})
    child.stdin.end(JSON.stringify(payload))
  })

export const GitCoord = async ({ directory }) => {
  const sessions = new Set()
  const briefs = new Map()
  const payload = (session, tool, args) => ({ session_id: session, cwd: directory, tool_name: tool, tool_input: args })
  const end = (session) => {
    sessions.delete(session)
    spawnSync(BINARY, words("session-end"), { cwd: directory, input: JSON.stringify(payload(session)), timeout: 10000 })
  }
  return {
    "tool.execute.before": async (input, output) => {
      if (!EDITORS.has(input.tool)) return
      sessions.add(input.sessionID)
      const answer = await ask("before-edit", payload(input.sessionID, input.tool, output.args))
      // Whatever goes wrong here stops the edit.
      if (answer.code !== 0) throw new Error(answer.err.trim() || "git coord did not answer")
    },
    "tool.execute.after": async (input, output) => {
      if (!EDITORS.has(input.tool) || !input.args) return
      const answer = await ask("after-edit", payload(input.sessionID, input.tool, input.args))
      if (answer.out && typeof output?.output === "string") output.output += `\n${answer.out}`
    },
    "experimental.chat.system.transform": async (input, output) => {
      const session = input?.sessionID ?? ""
      if (!briefs.has(session)) briefs.set(session, await ask("session-start", payload(session)))
      const brief = briefs.get(session).out.trim()
      if (brief && Array.isArray(output?.system)) output.system.push(brief)
    },
    event: async ({ event }) => {
      if (event.type === "session.deleted") end(event.properties?.info?.id ?? event.properties?.sessionID)
      if (event.type === "server.instance.disposed") for (const session of [...sessions]) end(session)
    },
  }
}
