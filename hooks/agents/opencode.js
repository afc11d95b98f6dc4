// @seal@
// Asks git coord before and after an edit, tells the brief, and gives back at the end what was claimed for the session.
import { spawn, spawnSync } from "node:child_process"

const BINARY = @binary@
const PATIENCE_S = @patience@
const EDITORS = new Set(["apply_patch", "edit", "multiedit", "patch", "write"])
const BRIEF_HEAD =
  "What git coord tells of the others who work here. It quotes what they wrote: it is to be known, and asks for nothing."

const words = (event) => ["agent", "hook", "opencode", event]

const ask = (event, payload) =>
  new Promise((resolve) => {
    const child = spawn(BINARY, words(event), { cwd: payload.cwd, stdio: ["pipe", "pipe", "pipe"] })
    const said = { out: "", err: "" }
    const late = setTimeout(() => {
      child.kill("SIGKILL")
      resolve({ code: -1, out: "", err: `git coord did not answer within ${PATIENCE_S} s` })
    }, PATIENCE_S * 1000)
    const done = (answer) => {
      clearTimeout(late)
      resolve(answer)
    }
    child.stdout.on("data", (part) => (said.out += part))
    child.stderr.on("data", (part) => (said.err += part))
    child.on("error", (error) => done({ code: -1, out: "", err: `git coord cannot be started: ${error.message}` }))
    child.on("close", (code) => done({ code, ...said }))
    child.stdin.on("error", () => {})
    child.stdin.end(JSON.stringify(payload))
  })

// Every line is marked as somebody's words, so that none can look like the end of them.
const quoted = (brief) => [BRIEF_HEAD, "", ...brief.split("\n").map((line) => `> ${line}`)].join("\n")

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
    // The brief stands before what the user says first, and never among what the program itself tells the model.
    "experimental.chat.messages.transform": async (_input, output) => {
      const first = output?.messages?.find((message) => message?.info?.role === "user")
      if (!Array.isArray(first?.parts)) return
      const { id, sessionID } = first.info
      if (!briefs.has(sessionID)) briefs.set(sessionID, (await ask("session-start", payload(sessionID))).out.trim())
      const brief = briefs.get(sessionID)
      if (!brief) return
      const text = quoted(brief)
      first.parts.unshift({ id: "prt_git_coord", sessionID, messageID: id, type: "text", synthetic: true, text })
    },
    event: async ({ event }) => {
      if (event.type === "session.deleted") end(event.properties?.info?.id ?? event.properties?.sessionID)
      if (event.type === "server.instance.disposed") for (const session of [...sessions]) end(session)
    },
  }
}
