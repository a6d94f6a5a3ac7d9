/** Distances between marks that people can count in, in seconds. */
const STEPS = [1, 2, 5, 10, 20, 30, 60];
const MARKS_PER_VIEW = 8;

/** Marks whole seconds along the waveforms. */
export function Ruler({ totalSeconds, zoom }: { readonly totalSeconds: number; readonly zoom: number }) {
  const step = STEPS.find((seconds) => totalSeconds / seconds <= MARKS_PER_VIEW * zoom) ?? 60;
  const marks = Array.from({ length: Math.floor(totalSeconds / step) + 1 }, (_, index) => index * step);
  return (
    <div className="ruler" aria-hidden="true">
      {marks.map((second) => (
        <span key={second} style={{ left: `${(second / totalSeconds) * 100}%` }}>
          {second} s
        </span>
      ))}
    </div>
  );
}
