/** Every feature there is, found by its folder: a new one is a folder and nothing else. */
import type { Feature } from './feature';

const modules = import.meta.glob<{ feature: Feature }>('../features/*/feature.ts', { eager: true });

export const features: Feature[] = Object.values(modules).map((module) => module.feature);
