export { createDispatcher } from './dispatcher.ts';
export type { Dispatcher, DispatcherDeps, DispatcherOptions } from './dispatcher.ts';
export type { JsonResult } from './json-answer.ts';
export { builtInPrices, createPrices } from './price-table.ts';
export type { PricedModel, PriceOverrides, Prices } from './price-table.ts';
export type { ModelPrice, PricePeriod, PriceTable } from './prices/price.ts';
export { repriceMonth } from './repricing.ts';
export type { RepricedModel, Repricing, RepricingDeps, UnpricedModel, WhatIf } from './repricing.ts';
export type { DispatchChunk, DispatchRequest, DispatchResult } from './request.ts';
