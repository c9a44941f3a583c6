import { drawCharts } from './chart/chart.ts'

drawCharts()
