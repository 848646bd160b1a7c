// scores.js draws what the tries of a finger scored, against what is asked for.
import { svg } from '../dom.js';
import { t } from '../words.js';

const step = 22; // from one bar to the next
const full = 40; // height of a score of 100
const foot = 46;

// scores draws one bar a try, empty places for those that are left, and a line
// at the threshold.
export function scores(finger, tries) {
  const places = Math.max(tries, finger.scores.length, 1);
  const width = places * step + 6;
  const line = foot - finger.threshold * full / 100;
  const bars = Array.from({ length: places }, (_, i) => bar(i, finger.scores[i], finger.threshold));
  const label = finger.scores.length > 0 ? t('fingers.scores', { list: finger.scores.join(', '), threshold: finger.threshold }) : t('fingers.no-scores');
  return svg('svg', { class: 'scores', viewBox: `0 0 ${width} 60`, width, height: 60, role: 'img', 'aria-label': label },
    ...bars, svg('path', { class: 'threshold', d: `M0 ${line}H${width}` }));
}

function bar(i, score, threshold) {
  const x = i * step + 5;
  if (score === undefined) return svg('rect', { class: 'left', x, y: foot - 6, width: 16, height: 6, rx: 2 });
  const height = Math.max(3, score * full / 100);
  return svg('g', { class: score >= threshold ? 'good' : 'weak' },
    svg('rect', { x, y: foot - height, width: 16, height, rx: 2 }), svg('text', { x: x + 8, y: 58 }, String(score)));
}
