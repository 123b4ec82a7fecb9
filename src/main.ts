import * as core from '@actions/core';

core.setOutput('a', 'b');
