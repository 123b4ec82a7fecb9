process.env.INPUT_MODE='verify';await import('./main.js');
