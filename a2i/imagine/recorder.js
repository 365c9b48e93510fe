// A button that records ten seconds, or fewer, from the microphone and sends them to Python as the browser encodes them;
// where it cannot, it sends the reason.
const SECONDS = 10;
const UNREACHABLE = "this page cannot reach a microphone: open it at localhost or https, or give a file";
const REASONS = {
  NotAllowedError: "the browser denies the microphone: allow it for this page, or give a file",
  NotFoundError: "there is no microphone: plug one in, or give a file",
};
// What makes speech clear takes the sea and the rotor for noise.
const AS_IT_IS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

async function record(model, shown) {
  if (!navigator.mediaDevices || !window.MediaRecorder) throw new Error(UNREACHABLE);
  const stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  let left = SECONDS;
  const tick = () => (left > 0 ? shown(`stop (${left--} s)`) : recorder.stop());
  const clock = setInterval(tick, 1000);
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = async () => {
    clearInterval(clock);
    stream.getTracks().forEach((track) => track.stop());
    shown("record");
    model.send({}, undefined, [await new Blob(parts).arrayBuffer()]);
  };
  recorder.start();
  tick();
  return recorder;
}

function render({ model, el }) {
  const button = document.createElement("button");
  const shown = (text) => (button.textContent = text);
  button.className = "jupyter-widgets jupyter-button widget-button";
  button.title = `record up to ${SECONDS} seconds from the microphone`;
  shown("record");
  let recorder = null;
  button.onclick = async () => {
    if (recorder?.state === "recording") return recorder.stop();
    button.disabled = true; // while the browser asks for leave
    try {
      recorder = await record(model, shown);
    } catch (error) {
      model.send({ reason: REASONS[error.name] ?? error.message });
    }
    button.disabled = false;
  };
  el.append(button);
  return () => recorder?.state === "recording" && recorder.stop();
}

export default { render };
