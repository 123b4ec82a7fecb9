// What k6 runs: as many requests, by as many virtual users, as the gate sends.
import { check } from 'k6';
import http from 'k6/http';

export const options = {
  vus: Number(__ENV.VUS),
  iterations: Number(__ENV.ITERATIONS),
  thresholds: { checks: ['rate==1'] },
};

export default function one() {
  check(http.get(`${__ENV.URL}/t/0`), { 'is 200': (answer) => answer.status === 200 });
}
